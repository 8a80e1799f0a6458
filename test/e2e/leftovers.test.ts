import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { openNamespace } from '../support/namespace.ts';
import { listProcesses, mountsUnder } from '../support/processes.ts';
import { runProgram } from '../support/program-run.ts';
import { startReleaseServer } from '../support/releases.ts';
import { startStep } from '../support/stopping.ts';
import { daemonOf, daemonsOf, endSleepers, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';
import { startWorker } from '../support/worker.ts';

const toolchain = inject('toolchain');
const POST = join(import.meta.dirname, '../../dist/post/index.js');
/** As no other test sleeps. */
const SECONDS = 1000;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(async () => {
  endSleepers(SECONDS);
  await bed.endJobs();
});
afterAll(() => bed.close());

function sleeping(baseImage: string): Record<string, string> {
  return { Dockerfile: dockerfile(baseImage, `RUN echo started && sleep ${SECONDS}`) };
}

describe('what a killed job leaves', () => {
  it('is found and removed by the next run: killed in the middle of a build', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const worker = await startWorker(job, bed.inputs);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    expect(daemonsOf(job)).toHaveLength(1);
    await worker.kill();
    expect(daemonsOf(job), 'the daemon outlives the kill').toHaveLength(1);

    const next = await bed.job();
    expect(await next.step(bed.inputs)).toMatchObject({ code: 0, warnings: [] });
    expect(await traces(job)).toEqual([]);
    expect(sleepers(SECONDS)).toEqual([]);
  });

  it('is found after the step had ended and the job was killed before post', async () => {
    const job = await bed.job();
    const worker = await startWorker(job, bed.inputs);
    await worker.stepEnded;
    expect(daemonsOf(job)).toHaveLength(1);

    const meanwhile = await bed.job();
    await meanwhile.step(bed.inputs);
    expect(daemonsOf(job), 'a living job keeps its daemon').toHaveLength(1);

    await worker.kill();
    await meanwhile.step(bed.inputs);
    expect(await traces(job)).toEqual([]);
  });

  it('is removed even when the daemon was killed too, and left a step and its mounts', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const worker = await startWorker(job, bed.inputs);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    process.kill(daemonOf(job), 'SIGKILL');
    await worker.kill();
    expect(mountsUnder(job.temp).length).toBeGreaterThan(0);

    await (await bed.job()).step(bed.inputs);
    expect(await traces(job)).toEqual([]);
    expect(sleepers(SECONDS)).toEqual([]);
  });
});

describe('what a daemon leaves that is killed while it was stopped', () => {
  it('is removed by post, with what it had mounted for a moment', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const step = job.step(bed.inputs);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    process.kill(daemonOf(job), 'SIGSTOP');
    const argv = listProcesses().find(({ pid }) => pid === daemonOf(job))?.argv ?? [];
    const directory = dirname(argv[argv.indexOf('--addr') + 1] ?? '').replace('unix:', '');
    // As BuildKit does, for example when it reads a file of an image.
    await mkdir(join(directory, 't', 'buildkit-mount1'));
    await promisify(execFile)('mount', ['-t', 'tmpfs', 'none', join(directory, 't', 'buildkit-mount1')]);
    process.kill(daemonOf(job), 'SIGKILL');
    expect((await step).code).toBe(1);
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
    expect(mountsUnder(directory)).toEqual([]);
  });
});

describe('a job that goes on after a killed step', () => {
  it('keeps its new daemon while another run takes the old one away', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const killed = startStep(job, bed.inputs);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    const old = daemonOf(job);
    killed.send('SIGKILL');
    await killed.result;
    process.kill(old, 'SIGSTOP');

    const other = startStep(await bed.job(), bed.inputs);
    await waitFor(() => isAskedToEnd(old), 'the removal of the old daemon');
    other.send('SIGSTOP');
    await writeFile(join(job.workspace, 'Dockerfile'), dockerfile(bed.baseImage));
    expect(await job.step(bed.inputs)).toMatchObject({ code: 0, warnings: [] });
    const fresh = daemonOf(job);
    other.send('SIGCONT');
    expect((await other.result).code).toBe(0);

    const last = await job.step(bed.inputs);
    expect(last).toMatchObject({ code: 0, warnings: [] });
    expect(daemonOf(job)).toBe(fresh);
    await job.post();
    expect(await traces(job)).toEqual([]);
  });
});

/** Whether a process that is stopped has a TERM to come. Source: proc_pid_status(5). */
function isAskedToEnd(pid: number): boolean {
  const [, pending = '0'] = /^ShdPnd:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number.parseInt(pending, 16) & (1 << (constants.signals.SIGTERM - 1))) !== 0;
}

describe('a step that is cancelled', () => {
  it('ends the build, and leaves nothing after post', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const cancellation = new AbortController();
    const running = job.step(bed.inputs, { signal: cancellation.signal });
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    cancellation.abort();
    const result = await running;
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=build-cancelled');
    await job.post();
    expect(await traces(job)).toEqual([]);
    expect(sleepers(SECONDS)).toEqual([]);
  });

  it('at its very start ends there, too', async () => {
    const slow = await startReleaseServer({ toolchain, delayMs: 3_000 });
    for (const delay of [20, 50, 80, 110, 140]) {
      const job = await bed.job();
      const cancellation = new AbortController();
      const release = { buildkitPath: '', buildkitDownloadUrl: slow.downloadUrl, buildkitSha256: slow.sha256 };
      const result = await job.step(
        { ...bed.inputs, ...release },
        { signal: cancellation.signal, onStart: () => setTimeout(() => cancellation.abort(), delay) },
      );
      expect(result.code).not.toBe(0);
      expect(result.log).not.toContain('downloaded and verified');
      await job.post();
      expect(await traces(job)).toEqual([]);
    }
    await slow.close();
  });
});

describe('what is unusual about a killed job', () => {
  it('does not keep it from being removed: RUNNER_TEMP is a link, and the daemon was killed too', async () => {
    const job = await bed.job({ files: sleeping(bed.baseImage) });
    const link = `${job.temp}-link`;
    await symlink(job.temp, link);
    job.env.RUNNER_TEMP = link;
    const worker = await startWorker(job, bed.inputs);
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    process.kill(daemonOf(job), 'SIGKILL');
    await worker.kill();
    expect(mountsUnder(job.temp).length).toBeGreaterThan(0);
    await (await bed.job()).step(bed.inputs);
    expect(await traces(job)).toEqual([]);
  });

  it('is found without its record, as after /tmp was emptied: by the next job of the same runner', async () => {
    const job = await bed.job();
    const worker = await startWorker(job, bed.inputs);
    await worker.stepEnded;
    await worker.kill();
    for (const directory of job.scratch()) {
      await rm(directory, { recursive: true, force: true });
    }
    expect(daemonsOf(job)).toHaveLength(1);
    const result = await job.step(bed.inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    await job.post();
    expect(await traces(job)).toEqual([]);
  });

  it('is found by post without its record, too', async () => {
    const job = await bed.job();
    await job.step(bed.inputs);
    for (const directory of job.scratch()) {
      await rm(directory, { recursive: true, force: true });
    }
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });
});

describe('a living job', () => {
  it('is left alone by a run in another PID namespace that shares /tmp', async () => {
    const job = await bed.job();
    const worker = await startWorker(job, bed.inputs);
    await worker.stepEnded;
    const other = await bed.job();
    const result = await other.step(bed.inputs, { through: ['unshare', '--pid', '--fork', '--mount-proc'] });
    expect(result.code, result.output).toBe(0);
    expect(daemonsOf(job)).toHaveLength(1);
    expect((await readdir(job.temp)).filter((name) => name.startsWith('buildkit-aws-'))).toHaveLength(1);
    await worker.kill();
    // Ended, because a daemon that runs keeps its data from being removed.
    await other.step(bed.inputs);
  });
});

describe('post', () => {
  it('takes nothing away that is not named as scratch, whatever the state says', async () => {
    const job = await bed.job();
    await mkdir(join(job.home, 'precious'));
    const scratch = [{ directory: join(job.home, 'precious'), bulk: join(job.home, 'precious') }];
    const result = await runProgram([process.execPath, POST], {
      env: { ...job.env, STATE_cleanup: JSON.stringify({ scratch }) },
    });
    expect(result).toEqual({ code: 0, output: expect.stringContaining('::warning::') });
    expect(await readdir(job.home)).toEqual(['precious']);
  });

  it('ends the daemon where there is no program kill', async () => {
    const job = await bed.job();
    await job.step(bed.inputs);
    const namespace = await openNamespace({ '/bin/kill': { text: '' } });
    expect(await job.post({ through: namespace.enter })).toEqual({ code: 0, output: '' });
    await namespace.close();
    expect(daemonsOf(job)).toEqual([]);
  });
});
