import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { openNamespace } from '../support/namespace.ts';
import { daemonsOf, traces } from '../support/traces.ts';

const toolchain = inject('toolchain');
let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

describe('the daemon', () => {
  it('is shared by the steps of a job, and post leaves no process, mount, socket or file', async () => {
    const job = await bed.job();
    const first = await job.step({ ...bed.inputs, imageTag: 'one' });
    const [daemon] = daemonsOf(job);
    const second = await job.step({ ...bed.inputs, imageTag: 'two' });
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.log).toContain('BuildKit daemon started as root');
    expect(second.log).toContain('BuildKit daemon of an earlier step');
    expect(second.output).toContain('CACHED');
    expect(daemonsOf(job)).toEqual([daemon]);
    expect((await traces(job)).length).toBeGreaterThan(3);

    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });

  it('that died is replaced by the next step', async () => {
    const job = await bed.job();
    await job.step(bed.inputs);
    const [dead = 0] = daemonsOf(job);
    process.kill(dead, 'SIGKILL');
    const result = await job.step({ ...bed.inputs, imageTag: 'after' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('BuildKit daemon started as root');
    expect(daemonsOf(job)).toHaveLength(1);
    expect(daemonsOf(job)).not.toContain(dead);
  });

  it('of two jobs at once is not the same, and neither disturbs the other', async () => {
    const jobs = await Promise.all([bed.job(), bed.job()]);
    const results = await Promise.all(
      jobs.map((job, index) => job.step({ ...bed.inputs, imageTag: `at-once-${index}` })),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const [first, second] = jobs;
    await first?.post();
    expect(first && daemonsOf(first)).toEqual([]);
    expect(second && daemonsOf(second)).toHaveLength(1);
    expect(await second?.step({ ...bed.inputs, imageTag: 'still' })).toMatchObject({ code: 0 });
  });

  it('that does not start shows its last lines, and nothing of it stays', async () => {
    const directory = await mkdtemp('/tmp/bka-broken-');
    for (const name of ['buildctl', 'buildkit-runc']) {
      await writeFile(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    const script = '#!/bin/sh\necho "buildkitd: no space left on device (made up)" >&2\nexit 1\n';
    await writeFile(join(directory, 'buildkitd'), script, { mode: 0o755 });
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, buildkitPath: directory });
    expect(result.output).toContain('title=daemon-not-started');
    expect(result.errors[0]).toContain('no space left on device (made up)');
    await job.post();
    expect(await readdir(job.temp)).toEqual([]);
    await rm(directory, { recursive: true });
  });

  it('leaves the containerd of the machine alone', async () => {
    const run = await mkdtemp('/tmp/bka-run-');
    await mkdir(join(run, 'containerd'));
    let connections = 0;
    const containerd = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(join(run, 'containerd/containerd.sock'));
    const namespace = await openNamespace({ '/run': { path: run } });
    const job = await bed.job();
    const result = await job.step(bed.inputs, { through: namespace.enter });
    expect(result.code, result.output).toBe(0);
    expect(connections).toBe(0);
    await job.post({ through: namespace.enter });
    await namespace.close();
    containerd.close();
    await rm(run, { recursive: true });
  });

  it('gets none of the secrets of the step, and no variables but those of the network', async () => {
    const job = await bed.job({ env: { SECRET_OF_THE_JOB: 'fake-secret-of-the-job', HTTPS_PROXY: '' } });
    await job.step(bed.inputs);
    const [daemon] = daemonsOf(job);
    const environment = await readFile(`/proc/${daemon}/environ`, 'utf8');
    const names = environment.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.split('=')[0]]));
    expect(names).toContain('PATH');
    expect(names.filter((name) => /SECRET|INPUT|AWS|GITHUB|ACTIONS/.test(name ?? ''))).toEqual([]);
  });
});
