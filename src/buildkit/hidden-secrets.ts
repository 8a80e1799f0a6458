import type { BuildSecret } from '../inputs/build.ts';

/** Shorter than any secret, and too much of a text would be one. */
const LEAST = 4;

/**
 * Takes the secrets of a build out of what it has printed, before that is cut or put on lines of its own: the runner masks a secret only
 * where it stands whole and as it is.
 */
export function hideSecrets(output: string, secrets: readonly BuildSecret[]): string {
  const values = secrets.flatMap((secret) => ('value' in secret ? [secret.value, ...secret.value.split(/\r?\n/)] : []));
  return [...new Set(values.map((value) => value.trim()))]
    .filter((value) => value.length >= LEAST)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, () => '***'), output);
}
