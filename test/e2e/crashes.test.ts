import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { Job, StepOptions } from '../support/job.ts';
import { mountsUnder } from '../support/processes.ts';
import { runProgram } from '../support/program-run.ts';
import { traces } from '../support/traces.ts';
import { startWorker } from '../support/worker.ts';

let bed: Bed;
let place: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  place = await mkdtemp('/tmp/bka-crash-');
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await bed.close();
  await rm(place, { recursive: true });
});

/** Steps that crash, one after the other, before the next run takes away what they have left. */
const BATCH = 8;

const inputsFor = (root: string) => ({ ...bed.inputs, cache: 'none', buildkitRoot: join(place, root) });

function crashing(variables: Readonly<Record<string, string>>): StepOptions {
  return {
    env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, '../support/crash.ts')}`, ...variables },
  };
}

/** How many points a run passes through. */
async function pointsOf(run: (options: StepOptions) => Promise<unknown>): Promise<number[]> {
  const log = join(place, 'effects');
  await rm(log, { force: true });
  await run(crashing({ CRASH_LOG: log }));
  const effects = (await readFile(log, 'utf8')).trim().split('\n').length;
  return Array.from({ length: 2 * effects }, (_, point) => point);
}

async function expectNoTrace(jobs: readonly Job[], root: string): Promise<void> {
  for (const job of jobs) {
    expect(await traces(job)).toEqual([]);
    await job.remove();
  }
  expect(mountsUnder(join(place, root))).toEqual([]);
}

it('a step that crashes between any two of its effects is taken down by its post', { timeout: 240_000 }, async () => {
  const inputs = inputsFor('post');
  const first = await bed.job();
  const points = await pointsOf((options) => first.step(inputs, options));
  expect(points.length).toBeGreaterThan(40);
  const crashed: (number | null)[] = [];
  await inLanes(
    points.filter((point) => isEven(point)),
    async (point) => {
      const job = await bed.job();
      const { code } = await job.step(inputs, crashing({ CRASH_AT: String(point) }));
      crashed.push(code);
      expect(await job.post(), `after a crash at point ${point}`).toEqual({ code: 0, output: '' });
      expect(await traces(job), `after a crash at point ${point}`).toEqual([]);
      await job.remove();
    },
  );
  expect(crashed.filter((code) => code === null).length).toBeGreaterThan(0.8 * crashed.length);
  await first.post();
  expect(mountsUnder(join(place, 'post'))).toEqual([]);
  await expectFreeSlot(join(place, 'post'));
});

it('a step that crashes between any two of its effects is taken down by the next run', {
  timeout: 240_000,
}, async () => {
  const inputs = inputsFor('next');
  const first = await bed.job();
  const points = (await pointsOf((options) => first.step(inputs, options))).filter((point) => !isEven(point));
  await first.post();
  while (points.length > 0) {
    const jobs: Job[] = [];
    await inLanes(points.splice(0, BATCH), async (point) => {
      const job = await bed.job();
      const worker = await startWorker(job, inputs, crashing({ CRASH_AT: String(point) }));
      await worker.stepEnded;
      await worker.kill();
      jobs.push(job);
    });
    const next = await bed.job();
    const result = await next.step(inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    await next.post();
    await expectNoTrace(jobs, 'next');
  }
  await expectFreeSlot(join(place, 'next'));
});

it('a post that crashes between any two of its effects is done again by the next run', {
  timeout: 240_000,
}, async () => {
  const inputs = inputsFor('again');
  const first = await bed.job();
  await first.step(inputs);
  const points = (await pointsOf((options) => first.post(options))).filter(isEven);
  expect(points.length).toBeGreaterThan(5);
  while (points.length > 0) {
    const jobs: Job[] = [];
    await inLanes(points.splice(0, BATCH), async (point) => {
      const job = await bed.job();
      const worker = await startWorker(job, inputs);
      await worker.stepEnded;
      await job.post(crashing({ CRASH_AT: String(point) }));
      await worker.kill();
      jobs.push(job);
    });
    const next = await bed.job();
    expect(await next.step(inputs)).toMatchObject({ code: 0, warnings: [] });
    await next.post();
    await expectNoTrace(jobs, 'again');
  }
  await expectFreeSlot(join(place, 'again'));
});

/** Before an effect, not after it: the tests share the points. */
function isEven(point: number): boolean {
  return point % 2 === 0;
}

/** As many at once as a small machine does. */
async function inLanes(points: readonly number[], work: (point: number) => Promise<void>): Promise<void> {
  const waiting = [...points];
  const lane = async () => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      await work(point);
    }
  };
  await Promise.all([lane(), lane()]);
}

async function expectFreeSlot(root: string): Promise<void> {
  const env = { PATH: process.env.PATH ?? '' };
  expect(await runProgram(['flock', '-n', join(root, 'slot-1.lock'), 'true'], { env })).toEqual({
    code: 0,
    output: '',
  });
}
