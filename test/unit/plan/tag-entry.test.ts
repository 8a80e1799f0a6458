import { describe, expect, it } from 'vitest';
import { parseTagEntry } from '../../../src/plan/tags.ts';
import { problemOf } from '../failures.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';

describe('an entry of imageTag', () => {
  it.each(['v1.0.0', 'latest', 'buildcacheless', 'my-buildcache', 'Buildcache', 'buildcache_x'])('tag %s', (tag) => {
    expect(parseTagEntry(tag)).toEqual({ kind: 'tag', tag });
  });

  it('with a slash is a full reference', () => {
    expect(parseTagEntry(`${HOST}/team/nginx:v1`)).toEqual({
      kind: 'reference',
      reference: { host: HOST, repository: 'team/nginx', tag: 'v1' },
    });
  });

  it.each([
    ['buildcache', 'buildcache'],
    ['buildcache-', 'buildcache-'],
    ['buildcache-x', 'buildcache-x'],
    ['buildcache-amd64', 'buildcache-amd64'],
    [`${HOST}/nginx:buildcache`, 'buildcache'],
    [`${HOST}/nginx:buildcache-arm64`, 'buildcache-arm64'],
  ])('does not take the tag of the cache: %s', async (entry, tag) => {
    expect(await problemOf(() => parseTagEntry(entry))).toEqual({
      code: 'tag-reserved',
      message: `imageTag: "${tag}" is the name of a build cache.`,
      hint: 'Choose a tag that is neither buildcache nor starts with buildcache-.',
    });
  });

  it.each([
    ['nginx:v1', 'tag-malformed'],
    ['v1 v2', 'tag-malformed'],
    ['feature/x', 'tag-malformed'],
    [`${HOST}/nginx`, 'tag-malformed'],
    [`${HOST}/Nginx:v1`, 'image-name-malformed'],
    ['a_b.example/nginx:v1', 'registry-malformed'],
  ])('refuses %s: %s', async (entry, code) => {
    expect((await problemOf(() => parseTagEntry(entry))).code).toBe(code);
  });
});
