import { readFile } from 'node:fs/promises';

/** A manifest or index as BuildKit has pushed it, byte for byte. */
export function manifestSample(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/buildkit/manifests/${name}.json`, import.meta.url), 'utf8');
}

/** The digest that has this byte again and again. */
export function digestWith(byte: string): string {
  return `sha256:${byte.repeat(32)}`;
}
