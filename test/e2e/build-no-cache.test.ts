import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { buildIn } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** Every run of a stage leaves another text in its file. */
async function openJob(): Promise<Job> {
  const random = 'cat /proc/sys/kernel/random/uuid';
  const Dockerfile = [
    `FROM ${bed.baseImage} AS deps`,
    `RUN ${random} > /deps`,
    'FROM deps AS app',
    `RUN ${random} > /app`,
    '',
  ].join('\n');
  return bed.job({ files: { Dockerfile } });
}

async function runs(job: Job, noCache: string) {
  const { image } = await buildIn(job, bed, { noCache });
  const [deps, app] = await Promise.all(['deps', 'app'].map((path) => readLayerFile({ ...image, path })));
  return { deps, app };
}

it.each(['', 'false', 'False'])('uses what an earlier step of the job has built: %j', async (noCache) => {
  const job = await openJob();
  expect(await runs(job, noCache)).toEqual(await runs(job, noCache));
});

it.each(['true', 'TRUE'])('builds everything anew with %s', async (noCache) => {
  const job = await openJob();
  const [first, second] = [await runs(job, ''), await runs(job, noCache)];
  expect(second.deps).not.toBe(first.deps);
  expect(second.app).not.toBe(first.app);
});

it('builds a stage anew that it names, and keeps the one before', async () => {
  const job = await openJob();
  const [first, second] = [await runs(job, ''), await runs(job, 'app')];
  expect(second.deps).toBe(first.deps);
  expect(second.app).not.toBe(first.app);
});

it.each(['deps', 'deps, app', 'deps\napp'])('builds what is on top of such a stage anew, too: %j', async (noCache) => {
  const job = await openJob();
  const [first, second] = [await runs(job, ''), await runs(job, noCache)];
  expect(second.deps).not.toBe(first.deps);
  expect(second.app).not.toBe(first.app);
});

it('does not use a cache in the registry either', async () => {
  const build = async (noCache: string) => {
    const { image } = await buildIn(await openJob(), bed, { noCache, cache: 'registry' });
    return readLayerFile({ ...image, path: 'deps' });
  };
  const first = await build('');
  expect(await build('')).toBe(first);
  expect(await build('true')).not.toBe(first);
});
