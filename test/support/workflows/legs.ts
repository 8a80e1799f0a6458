import { isObject, type JsonObject, objectOf, textOf } from './expressions.ts';
import { expandMatrix } from './matrix.ts';
import type { Repository } from './repository.ts';
import { type JobRun, type LegRun, resultOf, type Surroundings } from './run.ts';
import { field, plain, resolve, resolveText, type Token } from './tokens.ts';

/** A job with all that it can see before its first step. */
export interface PlannedJob {
  readonly id: string;
  readonly definition: Token;
  /** The workflow that it is part of. */
  readonly workflow: Token;
  /** `github`, `needs`, `inputs`, `secrets`, `vars`. */
  readonly contexts: JsonObject;
  readonly repository: Repository;
  readonly surroundings: Surroundings;
}

/** What runs one leg: steps on a machine, or another workflow. */
export type LegRunner = (job: PlannedJob, contexts: JsonObject) => Promise<RanLeg>;
export type RanLeg = Pick<LegRun, 'result' | 'outputs' | 'steps' | 'post' | 'called'>;

/**
 * Runs all legs of a matrix at the same time, each on a machine of its own.
 * `fail-fast` and `max-parallel` change when legs run and which of them are stopped, not what a leg does: they are not followed.
 * @returns the legs in the order of the matrix, and the outputs of the job: per name, the last leg to end that has a value wins
 */
export async function runLegs(job: PlannedJob, run: LegRunner): Promise<JobRun> {
  const strategy = objectOf(resolve(field(job.definition, 'strategy'), { contexts: job.contexts }));
  const combinations = expandMatrix(strategy.matrix ?? null);
  const outputs: Record<string, string> = {};
  const legs = await allEnded(
    combinations.map(async (matrix, index): Promise<LegRun> => {
      const place: JsonObject = { 'job-index': index, 'job-total': combinations.length };
      const contexts = { ...job.contexts, matrix, strategy: { ...strategy, ...place } };
      const leg = { ...describe(job, contexts, matrix), ...(await run(job, contexts)) };
      Object.assign(outputs, Object.fromEntries(Object.entries(leg.outputs).filter(([, value]) => value !== '')));
      return leg;
    }),
  );
  return { legs, outputs, result: resultOf(legs.map(({ result }) => result)) };
}

/** Like Promise.all, but nothing goes on behind the back of a test that has failed. */
export async function allEnded<T>(running: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(running);
  return Promise.all(running);
}

function describe({ id, definition, workflow }: PlannedJob, contexts: JsonObject, matrix: JsonObject) {
  const scope = { contexts };
  const values = Object.values(matrix).filter((value) => !isObject(value) && !Array.isArray(value));
  const generated = values.length === 0 ? id : `${id} (${values.map(textOf).join(', ')})`;
  return {
    name: resolveText(field(definition, 'name'), scope) || generated,
    matrix,
    runsOn: resolve(field(definition, 'runs-on'), scope),
    permissions: plain(field(definition, 'permissions') ?? field(workflow, 'permissions')),
  };
}
