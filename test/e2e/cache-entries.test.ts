import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { cacheTags, foundSteps, manifestRequests, runJob, soughtCaches } from '../support/cache.ts';
import { listTags, readManifest } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  const repositories = ['local', 'elsewhere', 'branch', 'half', 'extra', 'caches'].map((name) => ({ name }));
  bed = await startBed(inject('toolchain'), { repositories });
});
afterAll(() => bed.close());

const BRANCH = { name: 'push', ref: 'refs/heads/feature' };
const isAboutCache = (request: string) => request.includes('buildcache');

describe('type=local', () => {
  it('keeps the layers in a directory of the workspace, from which the next job builds', async () => {
    const inputs = { ...bed.inputs, imageShortName: 'local' };
    const first = await bed.job();
    const to = join(first.workspace, 'cache-to');
    const exported = await first.step({ ...inputs, cacheTo: `type=local,mode=max,dest=${to}` });
    expect(exported, exported.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect((await readdir(to)).sort()).toEqual(['blobs', 'index.json', 'ingest', 'oci-layout'].sort());
    expect(JSON.parse(await readFile(join(to, 'index.json'), 'utf8'))).toMatchObject({ manifests: [{}] });

    const second = await bed.job({ directory: first.workspace });
    const imported = await second.step({
      ...inputs,
      cacheFrom: `type=local,src=${join(second.workspace, 'cache-to')}`,
    });
    await bed.endJobs();
    expect(foundSteps(imported.log), imported.output).toBe('1 of 1 step');
    expect(imported.outputs.imageDigest).toBe(exported.outputs.imageDigest);
  });

  it('takes paths that are relative to the workspace', async () => {
    const job = await bed.job();
    // A runner starts actions in the workspace.
    const through = ['env', '-C', job.workspace];
    const inputs = { ...bed.inputs, imageShortName: 'local', cacheTo: 'type=local,dest=cache/to' };
    const result = await job.step(inputs, { through });
    expect(result.code, result.output).toBe(0);
    expect(await readdir(join(job.workspace, 'cache/to'))).toContain('index.json');
    await bed.endJobs();
  });

  it.each([
    ['cacheTo', 'type=local,dest=../outside'],
    ['cacheFrom', 'type=local,src=../outside'],
  ])('%s does not leave the workspace by a relative path', async (input, entry) => {
    const job = await bed.job();
    const inputs = { ...bed.inputs, imageShortName: 'local', [input]: entry };
    const result = await job.step(inputs, { through: ['env', '-C', job.workspace] });
    expect(result.output).toContain('title=path-outside::');
    expect(result.errors).toEqual([expect.stringContaining(`${input}: `)]);
    await bed.endJobs();
  });
});

describe('type=registry', () => {
  it('replaces both sides of the default: nothing is read from or written to buildcache', async () => {
    const ref = `${bed.ecr.host}/caches:mine`;
    const inputs = {
      imageShortName: 'elsewhere',
      cacheFrom: `# ours\ntype=registry,ref=${ref}\ntype=registry,ref=${bed.ecr.host}/caches:other`,
      cacheTo: `type=registry,ref=${ref},mode=max`,
    };
    const first = await runJob(bed, inputs);
    expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    const cache = { registryUrl: bed.registry.url, repository: 'caches', reference: 'mine' };
    expect((await readManifest(cache)).json).toMatchObject({
      config: { mediaType: 'application/vnd.buildkit.cacheconfig.v0' },
    });
    const second = await runJob(bed, inputs);
    expect(soughtCaches(bed, second.log)).toEqual(['caches:mine', 'caches:other']);
    expect(foundSteps(second.log)).toBe('1 of 1 step');
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'elsewhere' })).toEqual(['v1.0.0']);
    expect(manifestRequests(bed, 'elsewhere').filter(isAboutCache)).toEqual([]);
  });

  it('exports wherever cacheTo says, also on another branch', async () => {
    const ref = `${bed.ecr.host}/branch:layers`;
    const result = await runJob(
      bed,
      { imageShortName: 'branch', cacheTo: `type=registry,ref=${ref}` },
      { event: BRANCH },
    );
    expect(result.code, result.output).toBe(0);
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'branch' })).toEqual(['layers', 'v1.0.0']);
  });

  it('leaves the other side of the default alone when only one is given', async () => {
    const inputs = { imageShortName: 'half' };
    await runJob(bed, { ...inputs, cacheFrom: `type=registry,ref=${bed.ecr.host}/caches:nothing` });
    expect(await cacheTags(bed, 'half')).toHaveLength(1);
    const second = await runJob(bed, { ...inputs, cacheTo: `type=registry,ref=${bed.ecr.host}/caches:half` });
    expect(foundSteps(second.log), second.output).toBe('1 of 1 step');
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'caches' })).toContain('half');
  });
});

it('caches in extraArgs replace the default too', async () => {
  const ref = `${bed.ecr.host}/caches:extra`;
  const extraArgs = `--export-cache type=registry,ref=${ref} --import-cache type=registry,ref=${ref}`;
  await runJob(bed, { imageShortName: 'extra', extraArgs });
  const second = await runJob(bed, { imageShortName: 'extra', extraArgs });
  expect(foundSteps(second.log), second.output).toBe('1 of 1 step');
  expect(soughtCaches(bed, second.log)).toEqual(['caches:extra']);
  expect(await cacheTags(bed, 'extra')).toEqual([]);
});

describe('an entry is refused, before anything is called and without being shown,', () => {
  const SECRET = 'fake-value-0000000000';
  it.each<[string, Record<string, string>, string, RegExp]>([
    ['with a token', { cacheFrom: `type=gha,token=${SECRET}` }, 'cache-secret', /cacheFrom: token is a secret/],
    ['with ghtoken', { cacheTo: `type=gha,ghtoken=${SECRET}` }, 'cache-secret', /cacheTo: ghtoken is/],
    [
      'with a key, in upper case',
      { cacheTo: `type=s3,bucket=b,SECRET_ACCESS_KEY=${SECRET}` },
      'cache-secret',
      /secret_access_key/,
    ],
    ['with a quoted session', { cacheTo: `type=s3,"session_token=${SECRET},1"` }, 'cache-secret', /session_token/],
    ['with an account key', { cacheFrom: `type=azblob,account_key=${SECRET}` }, 'cache-secret', /account_key/],
    ['without a type', { cacheFrom: `ref=${SECRET}/a:b` }, 'cache-malformed', /cacheFrom: .*no type/],
    ['with a blank', { cacheTo: `type=registry, ref=${SECRET}` }, 'cache-malformed', /cacheTo: .*blank around "ref"/],
    ['that is a bare reference', { cacheFrom: 'host/app:cache' }, 'cache-malformed', /cacheFrom: .*has no value/],
    ['with an open quote', { cacheTo: `type=local,"dest=${SECRET}` }, 'cache-malformed', /cacheTo: .*quotes/],
    ['beside cache', { cache: 'gha', cacheTo: 'type=local,dest=c' }, 'cache-conflict', /cache: gha and cacheTo/],
    ['beside cache: none', { cache: 'none', cacheFrom: 'type=local,src=c' }, 'cache-conflict', /none and cacheFrom/],
  ])('%s', async (_, inputs, code, message) => {
    const before = bed.ecr.requests.length;
    const result = await runJob(bed, { imageShortName: 'local', ...inputs });
    expect(result.code, result.output).toBe(1);
    expect(result.output).toContain(`title=${code}::`);
    expect(result.errors).toEqual([expect.stringMatching(message)]);
    expect(result.output).not.toContain(SECRET);
    expect(bed.ecr.requests.slice(before)).toEqual([]);
  });

  it('and so is a cache of a kind that there is none of', async () => {
    const result = await runJob(bed, { imageShortName: 'local', cache: 'max' });
    expect(result.output).toContain('title=input-invalid::');
    expect(result.errors).toEqual([expect.stringMatching(/cache: "max".*\n.*registry or gha or inline or none/)]);
  });
});

it('a cache is not exported to a name of the image, which it would take away', async () => {
  const job = await bed.job();
  const cacheTo = `type=registry,ref=${bed.ecr.host}/local:taken,mode=max`;
  const result = await job.step({ ...bed.inputs, imageShortName: 'local', imageTag: 'taken', cacheTo });
  expect(result.output).toContain('title=cache-conflict::');
  const image = { registryUrl: bed.registry.url, repository: 'local' };
  expect(await listTags(image).catch(() => [])).not.toContain('taken');
});
