import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { Job } from '../support/job.ts';
import { mountsUnder } from '../support/processes.ts';
import { sendSequence, startStep } from '../support/stopping.ts';
import { daemonOf, daemonsOf, endSleepers, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';
import { startWorker } from '../support/worker.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 2300;
/** Milliseconds that post may take. */
const LIMIT = 20_000;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(async () => {
  endSleepers(SECONDS);
  await bed.endJobs();
});
afterAll(() => bed.close());

/** Runs post of a job, and measures it. */
async function timedPost(job: Job, options: Parameters<Job['post']>[0] = {}) {
  const begin = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const ended = await job.post({
    ...options,
    // One that does not end by itself fails here, and not after minutes.
    onStart: (pid) => {
      timer = setTimeout(() => process.kill(pid, 'SIGKILL'), LIMIT + 5_000);
    },
  });
  clearTimeout(timer);
  return { ...ended, took: performance.now() - begin };
}

/** A job whose step has started a daemon that a step of another job of the same machine would find. */
async function withDaemon(): Promise<Job> {
  const job = await bed.job();
  const result = await job.step({ ...bed.inputs, cache: 'none' });
  expect(result.code, result.output).toBe(0);
  return job;
}

/** Whether a process that is stopped has got SIGTERM. Source: proc_pid_status(5), ShdPnd. */
function isAskedToEnd(pid: number): boolean {
  const { mask = '0' } = /^ShdPnd:\s*(?<mask>\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups ?? {};
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n;
}

/** Variables of a machine on which a program hangs; the directory is removed with the job. */
async function withHanging(program: string, { home }: Job) {
  await writeFile(join(home, program), `#!/bin/sh\nexec sleep ${SECONDS}\n`, { mode: 0o755 });
  return { env: { PATH: `${home}:${process.env.PATH}` } };
}

describe('post', () => {
  it('ends a daemon that is stopped and answers to nothing', async () => {
    const job = await withDaemon();
    process.kill(daemonOf(job), 'SIGSTOP');
    const { took, ...ended } = await timedPost(job);
    expect(ended).toEqual({ code: 0, output: '' });
    expect(took).toBeLessThan(LIMIT);
    expect(await traces(job)).toEqual([]);
  });

  it('names what it could not remove in time, and the next run removes it', async () => {
    const job = await bed.job();
    const worker = await startWorker(job, { ...bed.inputs, cache: 'none' });
    await worker.stepEnded;
    const { took, ...ended } = await timedPost(job, await withHanging('rm', job));
    expect(took).toBeLessThan(LIMIT);
    expect(ended.code).toBe(0);
    expect(ended.output).toContain(`${job.temp}/buildkit-aws-daemon-`);
    expect(ended.output).toContain('could not be removed: ');
    await waitFor(() => sleepers(SECONDS).length === 0, 'the end of what hung');
    // Once the job is gone, whoever runs next on the machine removes it.
    expect(await traces(job)).not.toEqual([]);
    await worker.kill();
    expect(await (await bed.job()).step(bed.inputs)).toMatchObject({ code: 0, warnings: [] });
    expect(await traces(job)).toEqual([]);
  });

  it('does not wait for an umount that hangs, and the next run unmounts', async () => {
    const job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo started && sleep ${SECONDS}`) },
    });
    const worker = await startWorker(job, { ...bed.inputs, cache: 'none' });
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    process.kill(daemonOf(job), 'SIGKILL');
    await worker.stepEnded;
    expect(mountsUnder(job.temp)).not.toEqual([]);
    const { took, ...ended } = await timedPost(job, await withHanging('umount', job));
    expect(took).toBeLessThan(LIMIT);
    expect(ended).toEqual({ code: 0, output: expect.stringContaining('is still mounted') });
    await waitFor(() => sleepers(SECONDS).length === 0, 'the end of what hung');
    await worker.kill();
    expect(await (await bed.job()).step(bed.inputs)).toMatchObject({ code: 0, warnings: [] });
    expect(await traces(job)).toEqual([]);
  });

  it('goes on when it is asked to end', async () => {
    const job = await withDaemon();
    const daemon = daemonOf(job);
    process.kill(daemon, 'SIGSTOP');
    let post = 0;
    const result = job.post({
      onStart: (pid) => {
        post = pid;
      },
    });
    await waitFor(() => isAskedToEnd(daemon), 'post');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) {
      process.kill(post, signal);
    }
    expect(await result).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });

  it('that is killed in the middle is done again by the next run', async () => {
    const job = await bed.job();
    const worker = await startWorker(job, { ...bed.inputs, cache: 'none' });
    await worker.stepEnded;
    const daemon = daemonOf(job);
    process.kill(daemon, 'SIGSTOP');
    let post = 0;
    const result = job.post({
      onStart: (pid) => {
        post = pid;
      },
    });
    await waitFor(() => isAskedToEnd(daemon), 'post');
    process.kill(post, 'SIGKILL');
    expect((await result).code).toBeNull();
    await worker.kill();
    expect(daemonsOf(job)).toHaveLength(1);
    expect(await (await bed.job()).step(bed.inputs)).toMatchObject({ code: 0, warnings: [] });
    expect(await traces(job)).toEqual([]);
  });

  it('ends no step but its own, and nothing of a process that has got its number', async () => {
    const job = await withDaemon();
    const other = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 4') } });
    const running = startStep(other, { ...bed.inputs, cache: 'none', imageTag: 'other' });
    await waitFor(() => daemonsOf(other).length > 0, 'the daemon of the other job');
    expect(await job.post()).toEqual({ code: 0, output: '' });
    const result = await running.result;
    expect(result.code, result.output).toBe(0);
  });
});

describe('a step that is asked to end once more while it ends', () => {
  it('takes down what it has begun all the same', async () => {
    const job = await bed.job();
    const fault = bed.ecr.fault({
      when: ({ action }) => action === 'GetAuthorizationToken',
      answer: { delayMs: 15_000 },
    });
    const step = startStep(job, { ...bed.inputs, cache: 'none' });
    await waitFor(() => fault.hits() > 0, 'the login');
    // Signals of one kind that have not been taken yet are one.
    for (let time = 0; time < 3; time += 1) {
      step.send('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await sendSequence(step)).toEqual(['SIGINT']);
    const result = await step.result;
    fault.remove();
    expect(result.code, result.output).toBe(1);
    expect(result.output).toContain('title=build-cancelled');
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });
});
