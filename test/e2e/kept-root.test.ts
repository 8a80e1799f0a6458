import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { Job } from '../support/job.ts';
import { giveTo } from '../support/namespace.ts';
import { mountsUnder } from '../support/processes.ts';
import { openRootlessMachines, type RootlessMachines } from '../support/rootless.ts';
import { daemonOf, daemonsOf, endSleepers, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';
import { startWorker } from '../support/worker.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 1700;

let bed: Bed;
let machines: RootlessMachines;
let root: string;
let inputs: Record<string, string>;
beforeAll(async () => {
  bed = await startBed(toolchain);
  machines = await openRootlessMachines(bed, 1502);
});
beforeEach(async () => {
  root = await mkdtemp('/tmp/bka-kept-');
  // Without the registry's cache, which would be warm for every slot.
  inputs = { ...bed.inputs, cache: 'none', buildkitRoot: root };
});
afterEach(async () => {
  endSleepers(SECONDS);
  await machines.endJobs();
  await rm(root, { recursive: true });
});
afterAll(async () => {
  await machines.close();
  await bed.close();
});

const SLEEPING = () => ({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo started && sleep ${SECONDS}`) } });

async function slots(): Promise<string[]> {
  return (await readdir(root)).filter((name) => !name.endsWith('.lock')).sort();
}

describe('buildkitRoot', () => {
  it('keeps the data of a slot beyond post, and the next job builds with them', async () => {
    const job = await bed.job();
    const first = await job.step(inputs);
    expect(first.code, first.output).toBe(0);
    expect(first.log).toContain(`BuildKit keeps its data in ${root}/slot-1`);
    expect(first.output).not.toContain('CACHED');
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
    expect(mountsUnder(root)).toEqual([]);
    expect(existsSync(join(root, 'slot-1/cache.db'))).toBe(true);

    const next = await (await bed.job()).step(inputs);
    expect(next.log).toContain(`${root}/slot-1`);
    expect(next.output).toContain('CACHED');
    expect(await slots()).toEqual(['slot-1']);
  });

  it('has a slot for each of two jobs at once, and the next job takes the first one', async () => {
    const jobs = await Promise.all([bed.job(), bed.job()]);
    const results = await Promise.all(jobs.map((job, index) => job.step({ ...inputs, imageTag: `kept-${index}` })));
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await slots()).toEqual(['slot-1', 'slot-2']);
    for (const job of jobs) {
      await job.post();
    }
    const next = await (await bed.job()).step(inputs);
    expect(next.log).toContain(`${root}/slot-1`);
    expect(next.output).toContain('CACHED');
  });

  it('is shared with a container: its job takes another slot than the one that is in use outside', async () => {
    const job = await bed.job();
    await job.step(inputs);
    const other = await bed.job();
    const through = ['unshare', '--mount', '--pid', '--fork', '--mount-proc'];
    const result = await other.step({ ...inputs, imageTag: 'inside' }, { through });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain(`${root}/slot-2`);
    expect(await job.step({ ...inputs, imageTag: 'outside' })).toMatchObject({ code: 0 });
  });

  it('is recovered when job and daemon are killed in the middle of a build', async () => {
    const job = await bed.job(SLEEPING());
    await startedAndKilled(job);
    expect(mountsUnder(root).length).toBeGreaterThan(0);
    const next = await bed.job();
    const result = await next.step(inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(result.log).toContain(`${root}/slot-1`);
    expect(sleepers(SECONDS)).toEqual([]);
    expect(await traces(job)).toEqual([]);
    await next.post();
    expect(mountsUnder(root)).toEqual([]);
    expect(await slots()).toEqual(['slot-1']);
  });

  it('is recovered by a job that knows nothing of the killed one but the slot', async () => {
    const job = await bed.job(SLEEPING());
    await startedAndKilled(job);
    for (const directory of job.scratch()) {
      await rm(directory, { recursive: true, force: true });
    }
    const next = await bed.job();
    const result = await next.step(inputs);
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain(`${root}/slot-1`);
    expect(sleepers(SECONDS)).toEqual([]);
    await next.post();
    expect(mountsUnder(root)).toEqual([]);
  });

  it('is not disturbed by the end of a job whose daemon had died in it', async () => {
    const [former, later] = [await bed.job(), await bed.job()];
    await former.step(inputs);
    process.kill(daemonOf(former), 'SIGKILL');
    const taken = await later.step({ ...inputs, imageTag: 'later' });
    expect(taken.log).toContain(`${root}/slot-1`);
    expect(await former.post()).toEqual({ code: 0, output: '' });
    const again = await later.step({ ...inputs, imageTag: 'later-again' });
    expect(again.code, again.output).toBe(0);
    expect(again.log).toContain('BuildKit daemon of an earlier step');
  });

  it('has slots of its own for a rootless daemon, which a killed one gives back, too', async () => {
    const first = await machines.job(SLEEPING());
    const given = { ...inputs, buildkitPath: machines.tools, buildkitRoot: join(first.job.home, 'kept') };
    const worker = await startWorker(first.job, given, first.options);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    await worker.kill();
    const next = await machines.job();
    await giveTo(machines.uid, first.job);
    const result = await next.job.step(given, next.options);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(result.log).toContain(`/kept/rootless-${machines.uid}-slot-1`);
    expect(sleepers(SECONDS)).toEqual([]);
    expect(await next.job.post(next.options)).toEqual({ code: 0, output: '' });
    expect(await traces(next.job)).toEqual([]);
    expect(existsSync(join(first.job.home, `kept/rootless-${machines.uid}-slot-1/cache.db`))).toBe(true);
  });

  it('that cannot be made is an error before anything is started', async () => {
    await writeFile(join(root, 'file'), '');
    const job = await bed.job();
    const result = await job.step({ ...inputs, buildkitRoot: join(root, 'file/below') });
    expect(result.output).toContain('title=buildkit-root-unusable');
    expect(result.errors[0]).toContain(`buildkitRoot: "${root}/file/below" cannot be made or written by root: mkdir: `);
    expect(daemonsOf(job)).toEqual([]);
  });

  it('may not leave the workspace as a relative path', async () => {
    const result = await (await bed.job()).step({ ...inputs, buildkitRoot: '../kept' });
    expect(result.output).toContain('title=path-outside');
  });
});

async function startedAndKilled(job: Job): Promise<void> {
  const worker = await startWorker(job, inputs);
  await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
  process.kill(daemonOf(job), 'SIGKILL');
  await worker.kill();
}
