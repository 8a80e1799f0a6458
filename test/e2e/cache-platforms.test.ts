import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH, cacheTags, foundSteps, runJob, soughtCaches } from '../support/cache.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'app' }, { name: 'one' }, { name: 'legs' }] });
});
afterAll(() => bed.close());

/** No RUN: no platform but the machine's own has to be emulated. */
const FILES = { Dockerfile: 'FROM scratch\nCOPY one.txt /one\nCOPY two.txt /two\n', 'one.txt': '1', 'two.txt': '2' };
const BOTH = { platforms: 'linux/amd64,linux/arm64' };
const OTHER = ARCH === 'amd64' ? 'arm64' : 'amd64';

describe('an image of two platforms', () => {
  it('keeps the cache of both under the plain tag, as one manifest', async () => {
    const result = await runJob(bed, BOTH, { files: FILES });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(await cacheTags(bed, 'app')).toEqual(['buildcache']);
    const cache = await readManifest({ registryUrl: bed.registry.url, repository: 'app', reference: 'buildcache' });
    expect(cache.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
  });

  it('is found there by the next job, which pushes the same digest', async () => {
    const push = { registryUrl: bed.registry.url, repository: 'app', reference: 'v1.0.0' };
    const { digest } = await readManifest(push);
    const result = await runJob(bed, BOTH, { files: FILES });
    expect(soughtCaches(bed, result.log)).toEqual(['app:buildcache', 'app:buildcache-amd64', 'app:buildcache-arm64']);
    expect(foundSteps(result.log)).toMatch(/^(\d) of \1 steps?$/);
    expect(result.outputs.imageDigest).toBe(digest);
  });

  it('lends its cache to a build of one of them, which then has its own', async () => {
    const result = await runJob(bed, { imageTag: 'own' }, { files: FILES });
    expect(foundSteps(result.log)).toBe('2 of 2 steps');
    expect(await cacheTags(bed, 'app')).toEqual(['buildcache', `buildcache-${ARCH}`]);
    const image = { registryUrl: bed.registry.url, repository: 'app', reference: 'own' };
    expect(await readLayerFile({ ...image, path: 'two' })).toBe('2');
  });
});

it('one given platform has the tag of its architecture, also when it is not that of the machine', async () => {
  const inputs = { imageShortName: 'one', platforms: `linux/${OTHER}` };
  const first = await runJob(bed, inputs, { files: FILES });
  expect(await cacheTags(bed, 'one'), first.output).toEqual([`buildcache-${OTHER}`]);
  const second = await runJob(bed, inputs, { files: FILES });
  expect(soughtCaches(bed, second.log)).toEqual(['one:buildcache', `one:buildcache-${OTHER}`]);
  expect(foundSteps(second.log)).toBe('2 of 2 steps');
  expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
});

it('the legs of a matrix do not overwrite each other’s cache', async () => {
  const leg = (arch: string) =>
    runJob(
      bed,
      { imageShortName: 'legs', imageTag: `v1-${arch}`, platforms: `linux/${arch}` },
      { files: { ...FILES, Dockerfile: `FROM scratch\nCOPY one.txt /${arch}\n` } },
    );
  await leg('amd64');
  await leg('arm64');
  expect(await cacheTags(bed, 'legs')).toEqual(['buildcache-amd64', 'buildcache-arm64']);
  for (const arch of ['amd64', 'arm64']) {
    expect(foundSteps((await leg(arch)).log)).toBe('1 of 1 step');
  }
});
