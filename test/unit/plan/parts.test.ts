import { describe, expect, it } from 'vitest';
import { isExpected, parseSource, partsOfPlatforms } from '../../../src/plan/parts.ts';
import { problemOf } from '../failures.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const HEX = '0a'.repeat(32);
const DIGEST = `sha256:${HEX}`;
const NGINX = { host: HOST, repository: 'team/nginx' };

describe('parts of platforms', () => {
  it.each([
    [['linux/amd64'], ['v1-amd64']],
    [
      ['linux/amd64', 'linux/arm64'],
      ['v1-amd64', 'v1-arm64'],
    ],
    [
      ['linux/arm/v7', 'linux/amd64/v3'],
      ['v1-arm-v7', 'v1-amd64-v3'],
    ],
    [['windows/amd64'], ['v1-amd64']],
    [[], []],
  ])('%j are under the tags %j', (platforms, tags) => {
    expect(partsOfPlatforms(platforms, 'v1')).toEqual(
      tags.map((tag, index) => ({ name: tag, repository: undefined, reference: tag, expected: platforms[index] })),
    );
  });
});

describe('a source', () => {
  it.each([
    ['a digest', DIGEST, undefined, DIGEST, undefined],
    ['a tag', 'v1', undefined, 'v1', undefined],
    ['a tag that names amd64', 'v1-amd64', undefined, 'v1-amd64', 'amd64'],
    ['a tag that names arm64', 'v1-arm64', undefined, 'v1-arm64', 'arm64'],
    ['a tag that names amd64 elsewhere', 'amd64-v1', undefined, 'amd64-v1', undefined],
    ['a tag that only ends alike', 'xamd64', undefined, 'xamd64', undefined],
    ['a tag of another processor', 'v1-riscv64', undefined, 'v1-riscv64', undefined],
    ['a full reference', `${HOST}/team/nginx:v1`, NGINX, 'v1', undefined],
    ['a full reference that names arm64', `${HOST}/team/nginx:v1-arm64`, NGINX, 'v1-arm64', 'arm64'],
    ['a full reference with https', `https://${HOST}/team/nginx:v1`, NGINX, 'v1', undefined],
    ['a full reference by digest', `${HOST}/team/nginx@${DIGEST}`, NGINX, DIGEST, undefined],
    ['a tag beside a digest, which does not count', `${HOST}/team/nginx:v1-amd64@${DIGEST}`, NGINX, DIGEST, undefined],
    ['a port', 'localhost:5000/app:v1', { host: 'localhost:5000', repository: 'app' }, 'v1', undefined],
    [
      'a port and a digest',
      `localhost:5000/app@${DIGEST}`,
      { host: 'localhost:5000', repository: 'app' },
      DIGEST,
      undefined,
    ],
    [
      'ECR Public',
      'public.ecr.aws/acme/nginx:v1-amd64',
      { host: 'public.ecr.aws', repository: 'acme/nginx' },
      'v1-amd64',
      'amd64',
    ],
  ])('may be %s', (_, entry, repository, reference, expected) => {
    expect(parseSource(entry)).toEqual({ name: entry, repository, reference, expected });
  });

  it.each([
    ['a digest that is too short', DIGEST.slice(0, -1), 'sources-malformed', 'is not a digest'],
    ['a digest that is too long', `${DIGEST}0`, 'sources-malformed', 'is not a digest'],
    ['a digest in upper case', `sha256:${HEX.toUpperCase()}`, 'sources-malformed', 'is not a digest'],
    ['a digest of another kind', `sha512:${HEX}`, 'tag-malformed', 'it holds ":"'],
    ['a reference with such a digest', `${HOST}/nginx@sha256:0a`, 'sources-malformed', 'has a digest that is none'],
    ['a reference with an empty digest', `${HOST}/nginx@`, 'sources-malformed', 'has a digest that is none'],
    ['two digests', `${HOST}/nginx@${DIGEST}@${DIGEST}`, 'sources-malformed', 'has a digest that is none'],
    ['a digest of nothing', `@${DIGEST}`, 'tag-malformed', 'is not a tag'],
    ['a name without a registry', `nginx@${DIGEST}`, 'tag-malformed', 'is not a tag'],
    ['a name and a tag without a registry', 'nginx:v1', 'tag-malformed', 'it holds ":"'],
    ['a tag with a blank', 'v 1', 'tag-malformed', 'it has characters that a tag may not have'],
    ['a tag that starts with a dash', '-v1', 'tag-malformed', 'it starts with "-"'],
    ['a reference without a tag', `${HOST}/nginx`, 'tag-malformed', 'it has a registry but no tag'],
    ['a reference to Docker Hub', `library/nginx@${DIGEST}`, 'tag-malformed', 'Docker Hub'],
    ['a repository in upper case', `${HOST}/Nginx:v1`, 'image-name-malformed', 'it has upper-case letters'],
    ['ECR Public without an alias', 'public.ecr.aws/nginx:v1', 'tag-malformed', 'has the alias of a registry'],
    ['nothing', '', 'tag-malformed', 'is not a tag'],
  ])('is not %s', async (_, entry, code, reason) => {
    const problem = await problemOf(() => parseSource(entry));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(/^sources: /);
    expect(problem.message).toContain(reason);
    expect(problem.hint).not.toBe('');
  });
});

describe('a part', () => {
  it.each([
    ['linux/amd64', undefined],
    ['linux/amd64', 'linux/amd64'],
    ['linux/amd64', 'amd64'],
    ['linux/amd64/v3', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/amd64/v3', 'amd64'],
    ['windows/amd64', 'amd64'],
    ['linux/arm64', 'arm64'],
    ['linux/arm64/v9', 'linux/arm64'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/s390x', undefined],
  ])('of %s is what is expected of %j', (platform, expected) => {
    expect(isExpected(platform, expected)).toBe(true);
  });

  it.each([
    ['linux/arm64', 'linux/amd64'],
    ['linux/arm64', 'amd64'],
    ['windows/amd64', 'linux/amd64'],
    ['windows/arm64', 'amd64'],
    ['linux/amd64', 'linux/amd64/v3'],
    ['linux/amd64/v2', 'linux/amd64/v3'],
    ['linux/arm/v6', 'linux/arm/v7'],
    ['linux/arm/v7', 'linux/arm64'],
    ['linux/arm/v7', 'arm64'],
    ['linux/mips64le', 'linux/mips64'],
    ['linux/386', 'amd64'],
  ])('of %s is not what is expected of %j', (platform, expected) => {
    expect(isExpected(platform, expected)).toBe(false);
  });
});
