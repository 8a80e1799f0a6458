import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { at } from '../../src/json.ts';
import { type Bed, startBed } from '../support/bed.ts';
import {
  cachedSteps,
  foundSteps,
  GZIP,
  kindsOf,
  layersOf,
  manifestRequests,
  runJob,
  soughtCaches,
} from '../support/cache.ts';
import { listTags, readConfig } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  const repositories = ['same', 'moving', 'unpublished', 'plain', 'branch'].map((name) => ({ name }));
  bed = await startBed(inject('toolchain'), { repositories });
});
afterAll(() => bed.close());

const STEP = '[2/2] RUN echo built > /built';
const NO_CACHE = { code: 0, errors: [], warnings: [] };

it('finds the steps in the first tag', async () => {
  const inputs = { imageShortName: 'same', cache: 'inline' };
  const first = await runJob(bed, inputs);
  expect(first, first.output).toMatchObject(NO_CACHE);
  const second = await runJob(bed, inputs);
  expect(soughtCaches(bed, second.log)).toEqual(['same:latest', 'same:v1.0.0']);
  expect(cachedSteps(second.log)).toEqual([STEP]);
  expect(foundSteps(second.log)).toBe('1 of 1 step');
  expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
});

it('finds them in latest when the first tag is new', async () => {
  const inputs = { imageShortName: 'moving', cache: 'inline' };
  await runJob(bed, { ...inputs, imageTag: 'v1,latest' });
  const second = await runJob(bed, { ...inputs, imageTag: 'v2,latest' });
  expect(soughtCaches(bed, second.log)).toEqual(['moving:latest', 'moving:v2']);
  expect(cachedSteps(second.log), second.output).toEqual([STEP]);
});

it('is in the image itself and nowhere else, which has gzip layers', async () => {
  await runJob(bed, { imageShortName: 'unpublished', cache: 'inline' });
  const image = { registryUrl: bed.registry.url, repository: 'unpublished', reference: 'v1.0.0' };
  expect(at(await readConfig(image), 'moby.buildkit.cache.v0')).toEqual(expect.any(String));
  expect(kindsOf(await layersOf(image))).toEqual([GZIP]);
  expect(await listTags(image)).toEqual(['v1.0.0']);
  expect(manifestRequests(bed, 'unpublished').filter((request) => request.includes('buildcache'))).toEqual([]);
});

it('is not in the image unless it is asked for', async () => {
  await runJob(bed, { imageShortName: 'plain' });
  const image = { registryUrl: bed.registry.url, repository: 'plain', reference: 'v1.0.0' };
  expect(at(await readConfig(image), 'moby.buildkit.cache.v0')).toBeUndefined();
});

it('is also in the image of another branch, which nobody else builds from', async () => {
  const event = { name: 'push', ref: 'refs/heads/feature' };
  const inputs = { imageShortName: 'branch', imageTag: 'feature', cache: 'inline' };
  await runJob(bed, inputs, { event });
  const second = await runJob(bed, inputs, { event });
  expect(cachedSteps(second.log), second.output).toEqual([STEP]);
  const main = await runJob(bed, { imageShortName: 'branch', imageTag: 'main,latest', cache: 'inline' });
  expect(cachedSteps(main.log), main.output).toEqual([]);
});
