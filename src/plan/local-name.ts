/** What a directory is called in the arguments of buildctl: `context` and `dockerfile` are taken, as in buildx. */
export function localName(name: string): string {
  return ['context', 'dockerfile'].includes(name) ? `_${name}` : name;
}
