import type { BuildRecord } from './record.ts';

/** A push that has begun. */
export interface Push {
  /** `sha256:…` of what it pushes; undefined when it has not got as far as the manifest. */
  readonly digest: string | undefined;
}

/**
 * Finds the push of a build in its record. Names that are pushed by digest are in it as well.
 * @returns undefined when there was none
 */
export function pushIn({ steps }: BuildRecord): Push | undefined {
  const parts = steps.flatMap(({ transfers }) => transfers).filter(({ id }) => id.startsWith('pushing '));
  const digests = parts.flatMap(
    ({ id }) => /^pushing manifest for \S+@(?<digest>sha256:[0-9a-f]{64})$/.exec(id)?.groups?.digest ?? [],
  );
  return parts.length === 0 ? undefined : { digest: digests.at(-1) };
}
