import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { ARCH, cachedSteps, cacheTags, foundSteps, manifestRequests, runJob, soughtCaches } from '../support/cache.ts';
import type { StepResult } from '../support/job.ts';
import { readManifest } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    repositories: [{ name: 'app' }, { name: 'changed' }, { name: 'miss' }, { name: 'none' }],
  });
});
afterAll(() => bed.close());

describe('two jobs on the default branch, each with a daemon of its own', () => {
  let first: StepResult;
  let second: StepResult;

  beforeAll(async () => {
    // A clock and a random number: run again, these steps would make other layers.
    const files = {
      Dockerfile: dockerfile(
        bed.baseImage,
        'RUN date > /one',
        'COPY data.txt /data.txt',
        'RUN cat /proc/uptime > /two',
      ),
      'data.txt': 'data',
    };
    first = await runJob(bed, {}, { files });
    second = await runJob(bed, {}, { files });
  });

  it('succeed without a warning', () => {
    expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(second, second.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  });

  it('keep the cache in the repository of the image, under the architecture', async () => {
    expect(await cacheTags(bed, 'app')).toEqual([`buildcache-${ARCH}`]);
  });

  it('export an image manifest of OCI types, which ECR takes', async () => {
    const { json, mediaType } = await readManifest({
      registryUrl: bed.registry.url,
      repository: 'app',
      reference: `buildcache-${ARCH}`,
    });
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(json).toMatchObject({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.buildkit.cacheconfig.v0' },
      layers: Array.from({ length: 4 }, () => ({
        mediaType: expect.stringMatching(/^application\/vnd\.oci\.image\.layer\.v1\.tar\+(?:gzip|zstd)$/),
      })),
    });
  });

  it('look for the cache of their own architecture and for the plain one', () => {
    const sought = ['app:buildcache', `app:buildcache-${ARCH}`];
    expect(soughtCaches(bed, first.log)).toEqual(sought);
    expect(soughtCaches(bed, second.log)).toEqual(sought);
  });

  it('find each other’s steps: the second one runs none', () => {
    expect(cachedSteps(first.log)).toEqual([]);
    expect(cachedSteps(second.log)).toEqual([
      '[2/4] RUN date > /one',
      '[3/4] COPY data.txt /data.txt',
      '[4/4] RUN cat /proc/uptime > /two',
    ]);
  });

  it('push the same digest', () => {
    expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
  });

  it('say in log and summary how much was found', () => {
    expect(foundSteps(first.log)).toBe('0 of 3 steps');
    expect(first.summary).toContain('| From cache | 0 of 3 steps |');
    expect(foundSteps(second.log)).toBe('3 of 3 steps');
    expect(second.summary).toContain('| From cache | 3 of 3 steps |');
  });
});

it('runs only what has changed, and keeps that for the next job', async () => {
  const build = (...lines: string[]) =>
    runJob(bed, { imageShortName: 'changed' }, { files: { Dockerfile: dockerfile(bed.baseImage, ...lines) } });
  await build('RUN date > /one', 'RUN echo a > /two');
  const second = await build('RUN date > /one', 'RUN echo b > /two');
  expect(foundSteps(second.log)).toBe('1 of 2 steps');
  const third = await build('RUN date > /one', 'RUN echo b > /two');
  expect(foundSteps(third.log)).toBe('2 of 2 steps');
  expect(third.outputs.imageDigest).toBe(second.outputs.imageDigest);
});

it('takes a missing cache for what it is: no failure, no warning, no annotation', async () => {
  const result = await runJob(bed, { imageShortName: 'miss' });
  expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(result.log).toContain(`miss:buildcache-${ARCH}: not found`);
  expect(result.output).not.toMatch(/^::(?:error|warning|notice)/m);
});

it('prefers the cache of the architecture to the plain one', async () => {
  const job = await bed.job();
  const { arguments: argv } = await sampleArguments(() => job.step({ ...bed.inputs, imageShortName: 'miss' }));
  await bed.endJobs();
  // BuildKit asks for both at the same time; their order is only in its arguments.
  const refs = [
    `type=registry,ref=${bed.ecr.host}/miss:buildcache-${ARCH}`,
    `type=registry,ref=${bed.ecr.host}/miss:buildcache`,
  ];
  expect([...argv].filter((argument) => refs.includes(argument))).toEqual(refs);
});

it('with cache: none neither looks for a cache nor leaves one', async () => {
  const inputs = { imageShortName: 'none', cache: 'none' };
  const first = await runJob(bed, inputs);
  const second = await runJob(bed, inputs);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect([soughtCaches(bed, second.log), cachedSteps(second.log)]).toEqual([[], []]);
  expect(second.log).not.toContain('exporting cache');
  expect(manifestRequests(bed, 'none').filter((request) => request.includes('buildcache'))).toEqual([]);
  expect(await cacheTags(bed, 'none')).toEqual([]);
});
