import type { BuildResult } from './build.ts';
import type { BuildRecord, Step } from './record.ts';

/**
 * A build that was repeated finds in the cache what it has done before: its steps are those that were really run, whenever that was.
 * @param earlier records of the attempts that have failed, in their order
 */
export function joinAttempts(result: BuildResult, earlier: readonly BuildRecord[]): BuildResult {
  if (earlier.length === 0) {
    return result;
  }
  const done = new Map(
    earlier.flatMap(({ steps }) => steps.filter(hasRun).map((step) => [step.digest, step] as const)),
  );
  const isDoneBefore = ({ digest, cached }: Step) => cached && done.has(digest);
  const { record, cacheUse } = result;
  const count = record.steps.filter((step) => isDoneBefore(step) && isOfDockerfile(step)).length;
  return {
    ...result,
    record: {
      ...record,
      steps: record.steps.map((step) => (isDoneBefore(step) ? (done.get(step.digest) ?? step) : step)),
    },
    cacheUse: cacheUse && { ...cacheUse, cached: Math.max(cacheUse.cached - count, 0) },
  };
}

function hasRun({ cached, completed, error }: Step): boolean {
  return !cached && completed !== undefined && error === undefined;
}

/** Steps that BuildKit counts. Source: BuildKit v0.32.2, experiments. */
function isOfDockerfile({ name }: Step): boolean {
  return /^\[(?!internal\]|auth\])/.test(name) && !/^\[[^\]]*\] FROM /.test(name);
}
