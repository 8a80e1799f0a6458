import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { traces } from '../support/traces.ts';

const toolchain = inject('toolchain');

let bed: Bed;
let disk: SmallDisk;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

/** A job whose RUNNER_TEMP, and with it the data of its daemon, is on a small disk. */
async function smallJob(...lines: readonly string[]): Promise<Job> {
  disk = await mountSmallDisk(64, 'temp');
  onTestFinished(disk.close);
  return bed.job({
    files: { Dockerfile: dockerfile(bed.baseImage, ...lines) },
    env: { RUNNER_TEMP: join(disk.path, 'temp') },
  });
}

async function expectNothingLeft(job: Job): Promise<void> {
  const temp = join(disk.path, 'temp');
  expect(await job.post()).toEqual({ code: 0, output: '' });
  expect(await traces({ ...job, temp })).toEqual([]);
  expect(await readdir(temp)).toEqual([]);
}

/** The words for the disk of the daemon: how much is free may be some kilobytes. */
function full(): RegExp {
  return new RegExp(`The disk with ${disk.path}/temp/\\S+ is full: \\d+(?:\\.\\d)? k?B of 67\\.1 MB are free\\.`);
}

describe('the disk of the daemon is full', () => {
  it.each([
    [
      'a RUN that says so with an exit code of its own',
      ['RUN dd if=/dev/zero of=/big bs=1M count=200'],
      'exit code: 1',
    ],
    ['a COPY of what is too large', ['COPY large /'], 'no space left on device'],
    [
      'the push, for which layers are packed',
      ['RUN dd if=/dev/urandom of=/big bs=1M count=40'],
      'no space left on device',
    ],
  ])('during %s', async (_, lines, said) => {
    const job = await smallJob(...lines);
    await writeFile(join(job.workspace, 'large'), '');
    await truncate(join(job.workspace, 'large'), 200 * 2 ** 20);
    const { code, error, result } = await refuse(job, bed, {});
    expect(code, error).toBe('disk-full');
    expect(error).toMatch(full());
    expect(error).toContain(said);
    expect(error).toContain('buildkitRoot');
    expect(result.summary).toMatch(full());
    expect(result.summary).toContain('#disk-full');
    await expectNothingLeft(job);
  });

  it('during the unpacking of a base image', async () => {
    const maker = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, 'RUN dd if=/dev/zero of=/big bs=1M count=100') },
    });
    await buildIn(maker, bed, { imageTag: 'large' });
    const job = await smallJob();
    await writeFile(
      join(job.workspace, 'Dockerfile'),
      dockerfile(`${bed.registry.host}/app:large`, 'RUN echo unpacked > /unpacked'),
    );
    const { code, error } = await refuse(job, bed, {});
    expect(code, error).toBe('disk-full');
    expect(error).toMatch(full());
    await expectNothingLeft(job);
  });

  it('is not what a command means that fills a small file system of its own', async () => {
    const job = await smallJob(
      'RUN --mount=type=tmpfs,target=/small,size=1m dd if=/dev/zero of=/small/big bs=1M count=2',
    );
    const { code, error } = await refuse(job, bed, {});
    expect(error).toContain('No space left on device');
    expect(code).toBe('build-failed');
    await expectNothingLeft(job);
  });
});
