/** Values that a careless hand-over breaks: by splitting, quoting, expanding or re-encoding them. */
export const HARD_VALUES = {
  comma: 'a,b,,c,',
  quotes: `it's "quoted" and 'again"`,
  equals: '=a==b=',
  blanks: 'a  b\tc',
  shell: '$(id) `id` $HOME ${HOME:-x} * ~ ; | & > <',
  backslash: '\\a\\\\b\\n\\"\\',
  unicode: 'grüße 日本語 🚢',
  hash: '# no comment',
  csv: '"a,b","c"',
  json: '{"a": [1, "two"]}',
} as const;

/** `key=value` lines. */
export function lines(pairs: Readonly<Record<string, string>>, prefix = ''): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${prefix}${key}=${value}`)
    .join('\n');
}
