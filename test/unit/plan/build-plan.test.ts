import { describe, expect, it } from 'vitest';
import { describePlan, planBuild } from '../../../src/plan/build-plan.ts';
import { nameImage } from '../../../src/plan/image.ts';
import { parseTagEntry } from '../../../src/plan/tags.ts';
import type { Source } from '../../../src/source/source.ts';
import { CREDENTIALS, makeDirectory, read } from '../job.ts';
import { HOST, PLAN } from '../plans.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const SOURCE: Source = {
  context: { kind: 'remote', url: 'https://a.example/b.git', dockerfile: 'Dockerfile' },
  contexts: [],
  page: 'https://github.example/acme/shop',
  directory: undefined,
  commit: { sha: SHA, date: new Date('2026-11-21T09:30:05Z') },
  tags: [parseTagEntry('v1')],
  version: 'v1',
  epoch: undefined,
  builtInFrontend: undefined,
};
const CACHE = { imports: [new Map([['type', 'gha']])], exports: [] };

async function plan(given: Readonly<Record<string, string>>, source: Partial<Source> = {}) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  const inputs = await read({ workspace, with: { imageShortName: 'nginx', push: 'false', ...given } });
  const facts = { ...SOURCE, ...source };
  const names = nameImage(inputs, { tags: facts.tags, ownHost: HOST });
  return planBuild(inputs, { source: facts, names, cache: CACHE });
}

it('a plan is described without its secrets', () => {
  const secrets = [{ id: 'npm', value: 'fake-npm-token' }];
  const text = describePlan({ ...PLAN, build: { ...PLAN.build, secrets }, cache: CACHE });
  expect(JSON.parse(text)).toMatchObject({ build: { secrets: ['npm'] }, cache: { imports: [{ type: 'gha' }] } });
  expect(text).not.toContain('fake-npm-token');
});

describe('the plan of a build', () => {
  it('joins everything', async () => {
    expect(await plan({ extraArgs: '--allow x', labels: 'a=b' })).toMatchObject({
      names: [`${HOST}/nginx:v1`],
      push: false,
      cache: CACHE,
      labels: [
        { key: 'org.opencontainers.image.source', value: 'https://github.example/acme/shop' },
        { key: 'org.opencontainers.image.revision', value: SHA },
        { key: 'org.opencontainers.image.version', value: 'v1' },
        { key: 'org.opencontainers.image.created', value: '2026-11-21T09:30:05Z' },
        { key: 'a', value: 'b' },
      ],
      vcs: [
        { key: 'source', value: 'https://github.example/acme/shop' },
        { key: 'revision', value: SHA },
      ],
      epoch: undefined,
      builtInFrontend: false,
      forceCompression: false,
      extraArgs: ['--allow', 'x'],
    });
  });

  it('says nothing of a source that it does not know', async () => {
    const { labels, vcs } = await plan({}, { commit: undefined, page: undefined });
    expect([labels, vcs]).toEqual([[{ key: 'org.opencontainers.image.version', value: 'v1' }], []]);
  });

  it('has the version of the source, not of its tags', async () => {
    const { labels } = await plan(
      {},
      { tags: [parseTagEntry('v1')], version: 'v2', commit: undefined, page: undefined },
    );
    expect(labels).toEqual([{ key: 'org.opencontainers.image.version', value: 'v2' }]);
  });

  it.each([
    [
      'every name',
      {},
      [parseTagEntry('v1'), parseTagEntry('a.example/app:v2')],
      [`${HOST}/nginx:v1`, 'a.example/app:v2'],
    ],
    ['no name', {}, [], []],
    ['its repository alone', { pushByDigest: 'true' }, [], [`${HOST}/nginx`]],
    [
      'its repositories alone',
      { pushByDigest: 'true', imageRegistryPath: `${HOST}/team\npublic.ecr.aws/acme` },
      [],
      [`${HOST}/team/nginx`, 'public.ecr.aws/acme/nginx'],
    ],
  ])('names the image with %s', async (_, given, tags, names) => {
    const planned = await plan(given, { tags });
    expect([planned.names, planned.pushByDigest]).toEqual([names, 'pushByDigest' in given]);
  });

  it('names the repositories alone when the tags have to wait for a scan', async () => {
    const tags = [parseTagEntry('v1'), parseTagEntry('a.example/app:v2')];
    const given = { scanFailOn: 'high', push: 'true', awsRegion: 'eu-west-1', awsCredentials: CREDENTIALS };
    const scanned = await plan(given, { tags });
    expect([scanned.names, scanned.pushByDigest]).toEqual([[`${HOST}/nginx`, 'a.example/app'], true]);
    const unpushed = await plan({ ...given, push: 'false' }, { tags });
    expect([unpushed.names, unpushed.pushByDigest]).toEqual([[`${HOST}/nginx:v1`, 'a.example/app:v2'], false]);
  });

  it.each([
    ['', false],
    ['gzip', false],
    ['zstd', true],
    ['estargz', true],
    ['uncompressed', true],
  ])('with compression %j forces it: %s', async (compression, forced) => {
    expect((await plan({ compression })).forceCompression).toBe(forced);
  });

  it('keeps the beginning of time and the frontend', async () => {
    const facts = await plan({}, { epoch: 0, builtInFrontend: 'docker/dockerfile:1' });
    expect([facts.epoch, facts.builtInFrontend]).toEqual([0, true]);
  });
});
