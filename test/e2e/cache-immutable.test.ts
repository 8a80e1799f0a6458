import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { ARCH, cacheTags, foundSteps, GZIP, kindsOf, layersOf, runJob } from '../support/cache.ts';
import type { StepResult } from '../support/job.ts';
import { listTags, readManifest } from '../support/oci.ts';

const IMMUTABLE = [
  { name: 'strict', immutable: true },
  { name: 'redirected', immutable: true },
  { name: 'excluded', immutable: true, exclusions: ['buildcache*'] },
  { name: 'staged', immutable: true, exclusions: ['buildcache*'] },
  { name: 'otherwise', immutable: true, exclusions: ['latest', 'dev-*'] },
  { name: 'over-zstd', immutable: true },
  { name: 'caches' },
  { name: 'base' },
];

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: IMMUTABLE });
});
afterAll(() => bed.close());

function notices({ output }: StepResult): string[] {
  return [...output.matchAll(/^::notice[^:]*::(.*)$/gm)].map(([, text = '']) => text.replaceAll('%0A', '\n'));
}

function stepTwo(baseImage: string, text: string): Record<string, string> {
  return { Dockerfile: dockerfile(baseImage, 'RUN date > /one', `RUN echo ${text} > /two`) };
}

describe('a repository whose tags are immutable', () => {
  it('is not exported to, and the notice shows both ways out', async () => {
    const result = await runJob(bed, { imageShortName: 'strict' });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    const [notice = '', ...others] = notices(result);
    expect(others).toEqual([]);
    expect(notice).toContain(`${bed.ecr.host}/strict:buildcache`);
    expect(notice).toContain('IMMUTABLE_WITH_EXCLUSION');
    expect(notice).toContain('buildcache*');
    expect(notice).toContain('cacheTag (registry/repository:tag)');
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'strict' })).toEqual(['v1.0.0']);
  });

  it('with filters that are for other tags is not exported to either', async () => {
    const result = await runJob(bed, { imageShortName: 'otherwise' });
    expect(notices(result), result.output).toHaveLength(1);
    expect(await cacheTags(bed, 'otherwise')).toEqual([]);
  });

  it('gets no notice where nothing would be exported', async () => {
    const event = { name: 'push', ref: 'refs/heads/feature' };
    const result = await runJob(bed, { imageShortName: 'strict', imageTag: 'branch' }, { event });
    expect([result.code, ...notices(result)], result.output).toEqual([0]);
  });

  it('can have its cache in another repository', async () => {
    const inputs = { imageShortName: 'redirected', cacheTag: `${bed.ecr.host}/caches:redirected` };
    const first = await runJob(bed, inputs);
    expect([first.code, ...notices(first)], first.output).toEqual([0]);
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'caches' })).toEqual([`redirected-${ARCH}`]);
    const second = await runJob(bed, { ...inputs, imageTag: 'v2' });
    expect(foundSteps(second.log), second.output).toBe('1 of 1 step');
  });
});

describe('an immutable repository with an exclusion for the cache', () => {
  it('is exported to again and again, without a word', async () => {
    const cache = { registryUrl: bed.registry.url, repository: 'excluded', reference: `buildcache-${ARCH}` };
    const inputs = { imageShortName: 'excluded' };
    const first = await runJob(bed, { ...inputs, imageTag: 'v1' }, { files: stepTwo(bed.baseImage, 'a') });
    expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    const before = await readManifest(cache);
    const second = await runJob(bed, { ...inputs, imageTag: 'v2' }, { files: stepTwo(bed.baseImage, 'b') });
    expect(second, second.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(notices(second)).toEqual([]);
    expect(foundSteps(second.log)).toBe('1 of 2 steps');
    expect((await readManifest(cache)).digest).not.toBe(before.digest);
  });

  it('gets an image of gzip layers also from zstd layers of the cache', async () => {
    const files = {
      Dockerfile: `FROM ${bed.baseImage} AS tools\nRUN date > /one\nFROM ${bed.baseImage}\nCOPY --from=tools /one /two\n`,
    };
    await runJob(bed, { imageShortName: 'staged', imageTag: 'app' }, { files });
    const tools = await runJob(bed, { imageShortName: 'staged', imageTag: 'tools', target: 'tools' }, { files });
    expect(tools, tools.output).toMatchObject({ code: 0, errors: [] });
    const image = { registryUrl: bed.registry.url, repository: 'staged', reference: 'tools' };
    expect(kindsOf(await layersOf(image))).toEqual([GZIP]);
    expect((await readManifest(image)).digest).toBe(tools.outputs.imageDigest);
  });
});

it('an immutable repository gets an image over a base image of zstd layers', async () => {
  await runJob(bed, { imageShortName: 'base', compression: 'zstd', cache: 'none' });
  const files = { Dockerfile: `FROM ${bed.registry.host}/base:v1.0.0\nRUN date > /one\n` };
  const result = await runJob(bed, { imageShortName: 'over-zstd' }, { files });
  expect(result, result.output).toMatchObject({ code: 0, errors: [] });
  const image = { registryUrl: bed.registry.url, repository: 'over-zstd', reference: 'v1.0.0' };
  expect((await readManifest(image)).digest).toBe(result.outputs.imageDigest);
});

describe('where DescribeRepositories is denied', () => {
  let denied: Bed;
  beforeAll(async () => {
    denied = await startBed(inject('toolchain'), {
      accounts: [{ ...ACCOUNT, denied: ['ecr:DescribeRepositories'] }],
      repositories: [{ name: 'app' }, { name: 'strict', immutable: true }],
    });
  });
  afterAll(() => denied.close());

  it('the cache is exported all the same', async () => {
    const result = await runJob(denied, {});
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(await cacheTags(denied, 'app')).toEqual([`buildcache-${ARCH}`]);
  });

  it('and a repository that turns out to be immutable costs a warning, not the build', async () => {
    const inputs = { imageShortName: 'strict' };
    await runJob(denied, { ...inputs, imageTag: 'v1' }, { files: stepTwo(denied.baseImage, 'a') });
    const result = await runJob(denied, { ...inputs, imageTag: 'v2' }, { files: stepTwo(denied.baseImage, 'b') });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(result.warnings).toEqual([expect.stringContaining('its cache could not be exported')]);
    expect(result.outputs.imageTags).toBe(`${denied.ecr.host}/strict:v2`);
  });
});
