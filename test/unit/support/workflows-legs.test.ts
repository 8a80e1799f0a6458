import { expect, it } from 'vitest';
import { openJob } from '../../support/job.ts';
import { isObject, objectOf } from '../../support/workflows/expressions.ts';
import { runLegs } from '../../support/workflows/legs.ts';
import { readWorkflow } from '../../support/workflows/parse.ts';
import { openRepository } from '../../support/workflows/repository.ts';
import type { Result, Texts } from '../../support/workflows/run.ts';
import { field } from '../../support/workflows/tokens.ts';

interface End {
  readonly leg: string;
  readonly outputs: Texts;
  readonly result?: Result;
}

const WORKFLOW = `
on: push
jobs:
  build:
    strategy: { matrix: { leg: [first, second, third] } }
    runs-on: ubuntu-24.04
    steps: [{ run: echo }]
`;

/** Runs the legs of that matrix; they end in the order that is given, whatever that of the matrix is. */
async function runMatrix(ends: readonly End[]) {
  const repository = await openRepository({});
  const { root } = await readWorkflow('ci.yml', WORKFLOW, repository.read);
  const definition = field(root, 'jobs', 'build') ?? root;
  const gates = ends.map(() => Promise.withResolvers<void>());
  gates[0]?.resolve();
  const job = {
    id: 'build',
    definition,
    workflow: root,
    contexts: { github: {}, needs: {} },
    repository,
    surroundings: { open: openJob, provided: {} },
  };
  const run = await runLegs(job, async (_, { matrix }) => {
    const index = ends.findIndex(({ leg }) => leg === objectOf(matrix).leg);
    await gates[index]?.promise;
    // Only after all that follows from the end of this leg.
    setImmediate(() => gates[index + 1]?.resolve());
    const { outputs = {}, result = 'success' } = ends[index] ?? {};
    return { result, outputs, steps: [], post: '' };
  });
  await repository.remove();
  return run;
}

it('joins outputs of different names', async () => {
  const { outputs } = await runMatrix([
    { leg: 'first', outputs: { amd64: 'a', arm64: '' } },
    { leg: 'second', outputs: { amd64: '', arm64: 'b' } },
    { leg: 'third', outputs: {} },
  ]);
  expect(outputs).toEqual({ amd64: 'a', arm64: 'b' });
});

it('keeps of one name the value of the leg that ended last, a blank one aside', async () => {
  const { outputs, legs } = await runMatrix([
    { leg: 'third', outputs: { digest: 'of the third' } },
    { leg: 'first', outputs: { digest: 'of the first' } },
    { leg: 'second', outputs: { digest: '' } },
  ]);
  expect(outputs).toEqual({ digest: 'of the first' });
  expect(legs.map(({ matrix }) => isObject(matrix) && matrix.leg)).toEqual(['first', 'second', 'third']);
});

it('fails when one leg does, after all have ended', async () => {
  const { result, legs } = await runMatrix([
    { leg: 'second', outputs: {}, result: 'failure' },
    { leg: 'first', outputs: {} },
    { leg: 'third', outputs: {} },
  ]);
  expect(result).toBe('failure');
  expect(legs.map((leg) => leg.result)).toEqual(['success', 'failure', 'success']);
});
