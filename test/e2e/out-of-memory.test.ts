import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import { limitSteps, openMemoryGroup } from '../support/cgroup.ts';
import type { Job } from '../support/job.ts';
import { openNamespace } from '../support/namespace.ts';
import { findProgram } from '../support/programs.ts';
import { daemonsOf, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 1002;
/** A line without an end has to be kept whole. */
const EATER = 'tail /dev/zero';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

/** A job whose daemon runs already, and whose steps may have 48 MiB. */
async function smallJob(command: string): Promise<Job> {
  const job = await bed.job();
  const first = await job.step({ ...bed.inputs, cache: 'none', imageTag: 'before' });
  expect(first.code, first.output).toBe(0);
  await limitSteps(job, 48 * 2 ** 20);
  await writeFile(join(job.workspace, 'Dockerfile'), dockerfile(bed.baseImage, `RUN ${command}`));
  return job;
}

async function expectNothingLeft(job: Job): Promise<void> {
  expect(await job.post()).toEqual({ code: 0, output: '' });
  expect(await traces(job)).toEqual([]);
  expect(sleepers(SECONDS)).toEqual([]);
}

describe('a RUN', () => {
  it.each([
    ['that the kernel kills for want of memory is told from others that are killed', EATER],
    ['whose command is killed for want of memory is told so whatever its own exit code is', `${EATER} || exit 3`],
  ])('%s', async (_, command) => {
    const job = await smallJob(command);
    const { code, error, result } = await refuse(job, bed, {});
    expect(code, error).toBe('out-of-memory');
    expect(error).toMatch(/process of this (?:build was killed by the kernel|step) for want of memory/);
    expect(error).toMatch(/Its log has: tail \(process \d+\)|cannot allocate memory/);
    expect(error).toContain('max-parallelism in buildkitConfig');
    expect(result.summary).toContain('for want of memory');
    expect(result.summary).toContain('#out-of-memory');
    await expectNothingLeft(job);
  });

  it('that is killed for want of memory is told so where the log of the kernel may not be read', async () => {
    const job = await smallJob(EATER);
    const refusing = { text: '#!/bin/sh\necho "dmesg: read kernel buffer failed" >&2\nexit 1\n', mode: 0o755 };
    const namespace = await openNamespace({ [findProgram('dmesg') ?? '']: refusing });
    const result = await job.step({ ...bed.inputs, cache: 'none' }, { through: namespace.enter });
    await namespace.close();
    expect(result.output).toContain('title=out-of-memory');
    expect(result.errors[0]).toMatch(
      /^Processes of this machine that the kernel has killed .*: \d+\.|cannot allocate memory/,
    );
    await expectNothingLeft(job);
  });

  it('that something else kills is not blamed on the memory', async () => {
    const job = await smallJob(`sh -c 'kill -9 $$'; exit $?`);
    const { code, error } = await refuse(job, bed, {});
    expect(code, error).toBe('build-failed');
    expect(error).toContain('exit code: 137');
    expect(error).toContain('The command was killed, but not for want of memory');
    await expectNothingLeft(job);
  });
});

describe('the daemon', () => {
  it('that the kernel kills for want of memory is told from one that something else kills', async () => {
    const group = await openMemoryGroup(`bka-test-memory-${process.pid}`);
    onTestFinished(() => group.close());
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN sleep ${SECONDS}`) } });
    const running = job.step({ ...bed.inputs, cache: 'none' }, { through: group.enter });
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    const [daemon = 0] = daemonsOf(job);
    // Of all that is in the group the kernel takes the daemon first, and what eats the memory next.
    await writeFile(`/proc/${daemon}/oom_score_adj`, '1000');
    await group.limitTo(32 * 2 ** 20);
    const [program = '', ...args] = group.enter;
    const script = 'echo 900 >/proc/self/oom_score_adj; exec "$@"';
    const eater = spawn(program, [...args, 'sh', '-c', script, 'sh', ...EATER.split(' ')], { stdio: 'ignore' });
    await once(eater, 'exit');
    const result = await running;
    expect(result.output).toContain('title=out-of-memory');
    expect(result.errors).toEqual([
      expect.stringContaining(`The BuildKit daemon (process ${daemon}) was killed by the kernel for want of memory.`),
    ]);
    expect(result.errors[0]).toContain(`At work then: [2/2] RUN sleep ${SECONDS}\nIts last lines:\n`);
    expect(result.summary).toContain('killed by the kernel for want of memory');
    await expectNothingLeft(job);
  });
});
