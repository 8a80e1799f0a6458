import { describe, expect, it } from 'vitest';
import {
  type CacheInputs,
  cacheHosts,
  cacheReference,
  cacheTagName,
  mayExport,
  parseCacheEntry,
  replaceByExtraArgs,
} from '../../../src/plan/cache.ts';
import { parseExtraArgs } from '../../../src/plan/extra-args.ts';
import { problemOf } from '../failures.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const SECOND = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const DEFAULT: CacheInputs = { mode: 'registry', tag: 'buildcache', from: undefined, to: undefined };
const ELSEWHERE = { host: HOST, repository: 'caches', tag: 'v' };

describe('a run may put layers into the cache', () => {
  it.each(['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'])(
    '%s: on the default branch only',
    (name) => {
      expect(mayExport({ name, onDefaultBranch: true })).toBe(true);
      expect(mayExport({ name, onDefaultBranch: false })).toBe(false);
    },
  );

  it.each([
    'pull_request',
    'pull_request_target',
    'workflow_run',
    'workflow_call',
    'issue_comment',
    'merge_group',
    'release',
    'create',
    'delete',
    'deployment',
    'issues',
    'Push',
    '',
  ])('never: %j', (name) => {
    expect(mayExport({ name, onDefaultBranch: true })).toBe(false);
  });
});

describe('an entry of cacheFrom or cacheTo', () => {
  it('is what it says', () => {
    expect([...parseCacheEntry(`type=registry,ref=${HOST}/a:b,Mode=max`, 'cacheTo')]).toEqual([
      ['type', 'registry'],
      ['ref', `${HOST}/a:b`],
      ['mode', 'max'],
    ]);
  });

  it.each([
    ['type=s3,access_key_id=AKIAEXAMPLE00000FAKE', 'access_key_id'],
    ['type=s3,bucket=b,secret_access_key=fake-secret', 'secret_access_key'],
    ['type=s3,session_token=fake-secret', 'session_token'],
    ['type=gha,token=fake-secret', 'token'],
    ['type=gha,ghtoken=fake-secret', 'ghtoken'],
    ['type=gha,TOKEN=fake-secret', 'token'],
    ['type=azblob,Secret_Access_Key=fake-secret', 'secret_access_key'],
    ['type=azblob,"account_key=fake,secret"', 'account_key'],
  ])('may not hold a secret: %s', async (entry, name) => {
    const problem = await problemOf(() => parseCacheEntry(entry, 'cacheTo'));
    expect([problem.code, problem.message]).toEqual([
      'cache-secret',
      `cacheTo: ${name} is a secret, and every user of the machine could read it.`,
    ]);
    expect(JSON.stringify(problem)).not.toMatch(/fake|AKIA/);
  });

  it.each(['type=gha, scope=a', 'scope=a', 'a.example/b:c', 'type=gha,"scope'])('is not %s', async (entry) => {
    const problem = await problemOf(() => parseCacheEntry(entry, 'cacheFrom'));
    expect(problem.code).toBe('cache-malformed');
    expect(problem.message).toMatch(/^cacheFrom: an entry cannot be read: /);
  });
});

it.each([
  [undefined, 'buildcache'],
  ['cache', 'cache'],
  [`${HOST}/caches:v`, 'v'],
  ['localhost:5000/caches:v', 'v'],
  [`${HOST}/caches:`, 'buildcache'],
])('the tag of cacheTag %s is %s', (cacheTag, tag) => {
  expect(cacheTagName(cacheTag)).toBe(tag);
});

it.each([
  ['a tag', 'buildcache', { host: 'a.example', repository: 'app', tag: 'v1' }, 'a.example', 'app', 'buildcache'],
  ['a reference', ELSEWHERE, { host: 'a.example', repository: 'app', tag: 'v1' }, HOST, 'caches', 'v'],
  ['a reference without an image', ELSEWHERE, undefined, HOST, 'caches', 'v'],
])('the cache of %s', (_, tag, image, host, repository, name) => {
  expect(cacheReference(tag, image)).toEqual({ host, repository, tag: name });
});

it('the cache of a tag without an image is nowhere', () => {
  expect(cacheReference('buildcache', undefined)).toBeUndefined();
});

describe('registries of a cache', () => {
  const entry = (text: string) => parseCacheEntry(text, 'cacheFrom');
  it.each([
    ['nothing', {}, []],
    ['a reference as tag', { tag: ELSEWHERE }, [HOST]],
    ['an entry of ECR', { to: [entry(`type=registry,ref=${SECOND}/a:b`)] }, [SECOND]],
    ['the same one twice', { tag: ELSEWHERE, to: [entry(`type=registry,ref=${HOST}/a:b`)] }, [HOST]],
    ['two of them', { tag: ELSEWHERE, to: [entry(`type=registry,ref=${SECOND}/a:b`)] }, [HOST, SECOND]],
    ['entries that are only imported', { from: [entry(`type=registry,ref=${SECOND}/a:b`)] }, []],
    ['other registries', { to: [entry('type=registry,ref=ghcr.io/a/b:c'), entry('type=registry,ref=app')] }, []],
    ['other kinds', { to: [entry(`type=s3,ref=${HOST}/a:b`), entry('type=registry')] }, []],
  ])('with %s', (_, inputs, hosts) => {
    expect(cacheHosts({ ...DEFAULT, ...inputs })).toEqual(hosts);
  });
});

describe('extraArgs', () => {
  const given = [new Map([['type', 'gha']])];
  it.each([
    ['', undefined, undefined],
    ['--opt a=--import-cache', undefined, undefined],
    ['--import-cache type=gha', [], undefined],
    ['--export-cache=type=gha', undefined, []],
    ['-import-cache=type=gha -export-cache type=gha', [], []],
    ['--import-cached x', undefined, undefined],
  ])('%j replace what the action would do', (text, from, to) => {
    expect(replaceByExtraArgs(DEFAULT, parseExtraArgs(text))).toEqual({ ...DEFAULT, from, to });
  });

  it('come on top of cacheFrom and cacheTo', () => {
    const cache = { ...DEFAULT, from: given, to: given };
    expect(replaceByExtraArgs(cache, ['--import-cache', 'type=gha', '--export-cache', 'type=gha'])).toEqual(cache);
  });
});
