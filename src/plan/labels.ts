import type { Pair } from './pairs.ts';
import type { Commit } from './tags.ts';

/** What the labels of an image say about where it comes from. */
export interface Origin {
  /** Such as `https://github.com/org/app`; undefined when the source is not the workflow's own. */
  readonly source: string | undefined;
  readonly commit: Commit | undefined;
  /** First tag. */
  readonly version: string | undefined;
}

/**
 * The labels of an image: where it comes from, unless given otherwise. Dates are the commit's, never the clock's, so that
 * an unchanged build keeps its digest. Source: OCI image specification, annotations.
 * @param given one without a value takes away the one of that name
 */
export function imageLabels(given: readonly Pair[], { source, commit, version }: Origin): Pair[] {
  const prefix = 'org.opencontainers.image.';
  const origin = {
    source,
    revision: commit?.sha,
    version,
    created: commit?.date.toISOString().replace('.000Z', 'Z'),
  };
  const own = Object.entries(origin).flatMap(([name, value]) =>
    value === undefined ? [] : [{ key: prefix + name, value }],
  );
  const taken = new Set(given.map(({ key }) => key));
  const removed = new Set(own.map(({ key }) => key));
  return [
    ...own.filter(({ key }) => !taken.has(key)),
    ...given.filter(({ key, value }) => value !== '' || !(removed.has(key) || key.startsWith(prefix))),
  ];
}
