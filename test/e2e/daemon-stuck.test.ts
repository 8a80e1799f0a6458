import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { FAST, type Job, type StepResult } from '../support/job.ts';
import { openDirectory } from '../support/namespace.ts';
import { processesNaming } from '../support/processes.ts';
import { daemonsOf, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterAll(() => bed.close());

/** Lets a daemon go on when the step has not ended by itself, so that it does end. */
async function within(milliseconds: number, step: Promise<StepResult>, daemon: number): Promise<StepResult> {
  const late = setTimeout(() => process.kill(daemon, 'SIGCONT'), milliseconds);
  const result = await step;
  clearTimeout(late);
  return result;
}

async function expectNothingLeft(job: Job): Promise<void> {
  expect(await job.post()).toEqual({ code: 0, output: '' });
  expect(await traces(job)).toEqual([]);
}

describe('a daemon of this machine that does not go on', { concurrent: true }, () => {
  it('ends the step when it has given no answer for long, and shows its last lines', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 1.003') } });
    const step = job.step({ ...bed.inputs, cache: 'none' }, FAST);
    await waitFor(() => sleepers(1.003).length > 0, 'the RUN step');
    const [daemon = 0] = daemonsOf(job);
    process.kill(daemon, 'SIGSTOP');
    const result = await within(70_000, step, daemon);
    expect(result.output).toContain('title=daemon-stuck');
    expect(result.errors).toEqual([
      expect.stringContaining(`The BuildKit daemon (process ${daemon}) has given no answer for some minutes.`),
    ]);
    expect(result.errors[0]).toMatch(
      /\nAt work then: \[2\/2\] RUN sleep 1\.003\nIts last lines:\n[\s\S]*running server on/,
    );
    expect(result.summary).toContain('#daemon-stuck');
    await expectNothingLeft(job);
  });

  it('but only for a while, is waited for', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 1.004') } });
    const step = job.step({ ...bed.inputs, cache: 'none' }, FAST);
    await waitFor(() => sleepers(1.004).length > 0, 'the RUN step');
    const [daemon = 0] = daemonsOf(job);
    process.kill(daemon, 'SIGSTOP');
    // One question has had no answer then, and the second one gets it late.
    await sleep(20_000);
    process.kill(daemon, 'SIGCONT');
    const result = await step;
    expect(result.code, result.output).toBe(0);
    await expectNothingLeft(job);
  });

  it('is replaced by the next step', async () => {
    const job = await bed.job();
    await job.step({ ...bed.inputs, cache: 'none' });
    const [stuck = 0] = daemonsOf(job);
    process.kill(stuck, 'SIGSTOP');
    const result = await within(60_000, job.step({ ...bed.inputs, cache: 'none', imageTag: 'after' }), stuck);
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('BuildKit daemon started as root');
    expect(daemonsOf(job)).not.toContain(stuck);
    await expectNothingLeft(job);
  });

  it('from its very start, ends the step with what it has said', async () => {
    const programs = await openDirectory();
    for (const name of ['buildctl', 'buildkit-runc']) {
      await symlink(join(toolchain.directory, name), join(programs, name));
    }
    const script = `#!/bin/sh\necho about to hang\nkill -STOP $$\nexec ${toolchain.buildkitd} "$@"\n`;
    await writeFile(join(programs, 'buildkitd'), script, { mode: 0o755 });
    const job = await bed.job();
    const step = job.step({ ...bed.inputs, cache: 'none', buildkitPath: programs });
    const started = () => processesNaming(programs).filter(({ argv }) => argv[1] === join(programs, 'buildkitd'));
    await waitFor(() => started().length > 0, 'the daemon');
    const result = await within(50_000, step, started()[0]?.pid ?? 0);
    expect(result.output).toContain('title=daemon-not-started');
    expect(result.errors).toEqual([
      expect.stringContaining('it does not answer after 30 s. Its last lines:\nabout to hang'),
    ]);
    await expectNothingLeft(job);
    await rm(programs, { recursive: true });
  });
});
