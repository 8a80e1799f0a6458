import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { readImage } from '../support/built.ts';
import { listProcesses, processesNaming } from '../support/processes.ts';
import { openRootlessMachines, type RootlessMachines } from '../support/rootless.ts';
import { daemonsOf, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';
import { startWorker } from '../support/worker.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 1500;
/** As in containers: what covers a part of /proc keeps it from being mounted anew. */
const MASKED = { '/proc/devices': { text: '' } };

let bed: Bed;
let machines: RootlessMachines;
let inputs: Record<string, string>;
beforeAll(async () => {
  bed = await startBed(toolchain);
  machines = await openRootlessMachines(bed, 1500);
  inputs = { ...bed.inputs, buildkitPath: machines.tools };
});
afterEach(() => machines.endJobs());
afterAll(async () => {
  await machines.close();
  await bed.close();
});

/** Leaves files of other users behind, which are not the runner's own outside of the namespace. */
function files(...more: readonly string[]) {
  const owned = 'RUN mkdir -p /made/by && chown -R 33:33 /made && chmod 700 /made && id -u';
  return { files: { Dockerfile: dockerfile(bed.baseImage, owned, ...more) } };
}

describe('a user without root and sudo', () => {
  it('builds and pushes rootless, shares the daemon between steps, and post leaves nothing', async () => {
    const { job, options } = await machines.job(files());
    const first = await job.step({ ...inputs, imageTag: 'rootless' }, options);
    expect(first.code, first.output).toBe(0);
    const { layers } = await readImage({
      registryUrl: bed.registry.url,
      repository: 'app',
      reference: first.outputs.imageDigest ?? '',
    });
    expect(layers).toHaveLength(2);
    expect(first.log).toMatch(/BuildKit daemon started rootless \(buildkitMode auto: there is no way to become root/);
    const [daemon] = daemonsOf(job);
    const second = await job.step({ ...inputs, imageTag: 'rootless-again' }, options);
    expect(second.code, second.output).toBe(0);
    expect(second.log).toContain('BuildKit daemon of an earlier step');
    expect(second.output).toContain('CACHED');
    expect(daemonsOf(job)).toEqual([daemon]);

    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
    expect(await readdir(job.temp)).toEqual([]);
    expect(await readdir(job.home)).toEqual([]);
    expect(existsSync(`/tmp/buildkit-aws-${machines.uid}`)).toBe(false);
  });

  it.each([
    ['with a PID namespace', {}],
    ['without one, where /proc cannot be mounted', MASKED],
  ])('leaves nothing when step and daemon are killed: %s', async (_, differences) => {
    const { job, options } = await machines.job(files(`RUN echo started && sleep ${SECONDS}`), differences);
    const worker = await startWorker(job, { ...inputs, buildkitMode: 'rootless' }, options);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    for (const { pid } of listProcesses().filter(
      ({ argv }) => argv[0]?.endsWith('rootlesskit') && argv.join(' ').includes(job.temp),
    )) {
      process.kill(pid, 'SIGKILL');
    }
    await worker.kill();
    const next = await machines.job(files(), differences);
    expect(await next.job.step(inputs, next.options)).toMatchObject({ code: 0, warnings: [] });
    expect(await traces(job)).toEqual([]);
    expect(sleepers(SECONDS)).toEqual([]);
  });

  it('leaves nothing when its record is lost, as after /tmp was emptied', async () => {
    const { job, options } = await machines.job(files());
    await job.step(inputs, options);
    for (const directory of job.scratch()) {
      await rm(directory, { recursive: true, force: true });
    }
    expect(daemonsOf(job)).toHaveLength(1);
    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
    expect(await readdir(job.temp)).toEqual([]);
  });

  it('is told where there is no PID namespace, and builds', async () => {
    const { job, options } = await machines.job(files(), MASKED);
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, options);
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('without a PID namespace');
    expect(result.log).toContain('BuildKit daemon started rootless (buildkitMode rootless');
    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
    expect(processesNaming(job.temp)).toEqual([]);
  });
});
