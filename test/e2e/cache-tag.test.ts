import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH, foundSteps, runJob, soughtCaches } from '../support/cache.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  const repositories = ['app', 'plain', 'shared', 'caches', 'team/caches'].map((name) => ({ name }));
  bed = await startBed(inject('toolchain'), { repositories });
});
afterAll(() => bed.close());

const tagsOf = (repository: string) => listTags({ registryUrl: bed.registry.url, repository });

it('a name is the tag in the repository of the image', async () => {
  const inputs = { imageShortName: 'plain', cacheTag: 'layers_1.0' };
  const first = await runJob(bed, inputs);
  expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(await tagsOf('plain')).toEqual([`layers_1.0-${ARCH}`, 'v1.0.0']);
  const second = await runJob(bed, inputs);
  expect(soughtCaches(bed, second.log)).toEqual(['plain:layers_1.0', `plain:layers_1.0-${ARCH}`]);
  expect(foundSteps(second.log)).toBe('1 of 1 step');
});

it('two names are two caches', async () => {
  await runJob(bed, { cacheTag: 'one' });
  const other = await runJob(bed, { cacheTag: 'two' });
  expect(foundSteps(other.log), other.output).toBe('0 of 1 step');
  expect(await tagsOf('app')).toEqual([`one-${ARCH}`, `two-${ARCH}`, 'v1.0.0']);
});

it('a full reference is a cache in another repository, which several images can share', async () => {
  const cacheTag = `${bed.ecr.host}/team/caches:base`;
  const first = await runJob(bed, { imageShortName: 'shared', cacheTag });
  expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(await tagsOf('team/caches')).toEqual([`base-${ARCH}`]);
  expect(await tagsOf('shared')).toEqual(['v1.0.0']);
  const second = await runJob(bed, { imageShortName: 'app', imageTag: 'other', cacheTag });
  expect(soughtCaches(bed, second.log)).toEqual(['team/caches:base', `team/caches:base-${ARCH}`]);
  expect(foundSteps(second.log)).toBe('1 of 1 step');
});

it('a full reference is logged in to with the AWS identity', async () => {
  const before = bed.ecr.requests.length;
  const result = await runJob(bed, { cacheTag: `${bed.ecr.host}/caches:login` });
  expect(result.log, result.output).toContain(`Logged in to ${bed.ecr.host} with`);
  const put = bed.ecr.requests
    .slice(before)
    .filter(({ method, path }) => method === 'PUT' && path === `/v2/caches/manifests/login-${ARCH}`);
  expect(put).toMatchObject([{ user: 'AWS', status: 201 }]);
});

it('a repository that is missing costs a warning, not the build', async () => {
  const result = await runJob(bed, { cacheTag: `${bed.ecr.host}/nowhere:base` });
  expect(result, result.output).toMatchObject({ code: 0, errors: [] });
  expect(result.warnings).toEqual([expect.stringMatching(/cacheTag: there is no repository .*nowhere/)]);
});

describe('is refused, before anything is called,', () => {
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['as tag of the image', { cacheTag: 'layers', imageTag: 'layers' }, 'tag-reserved', /"layers" is the name/],
    ['as start of one', { cacheTag: 'layers', imageTag: 'v1\nlayers-v2' }, 'tag-reserved', /"layers-v2" is the name/],
    ['by its default name', { imageTag: `buildcache-${ARCH}` }, 'tag-reserved', /is the name of a build cache/],
    ['in a full reference', { imageTag: 'HOST/app:buildcache' }, 'tag-reserved', /is the name of a build cache/],
    [
      'where both are references',
      { cacheTag: 'HOST/caches:x', imageTag: 'HOST/caches:x-1' },
      'tag-reserved',
      /"x-1" is the name/,
    ],
    ['when it is no tag', { cacheTag: 'a b' }, 'tag-malformed', /cacheTag: "a b" is not a tag/],
    ['when it has no tag', { cacheTag: 'HOST/caches' }, 'tag-malformed', /cacheTag: .* no tag/],
    ['with another cache', { cacheTag: 'layers', cache: 'gha' }, 'cache-conflict', /cacheTag: .* cache is gha/],
    ['without a cache', { cacheTag: 'layers', cache: 'none' }, 'cache-conflict', /cacheTag: .* cache is none/],
  ])('%s', async (_, inputs, code, message) => {
    const before = bed.ecr.requests.length;
    const withHost = Object.entries(inputs).map(([name, value]) => [name, value.replaceAll('HOST', bed.ecr.host)]);
    const result = await runJob(bed, Object.fromEntries(withHost));
    expect(result.code, result.output).toBe(1);
    expect(result.output).toContain(`title=${code}::`);
    expect(result.errors).toEqual([expect.stringMatching(message)]);
    expect(bed.ecr.requests.slice(before)).toEqual([]);
  });

  it('as a registry that is not ECR: no AWS token is sent there', async () => {
    const result = await runJob(bed, { cacheTag: `${bed.registry.host}/caches:base` });
    expect(result.output).toContain('title=registry-not-ecr::');
    expect(result.errors).toEqual([expect.stringContaining(bed.registry.host)]);
  });
});
