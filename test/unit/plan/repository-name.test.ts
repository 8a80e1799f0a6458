import { describe, expect, it } from 'vitest';
import { checkRepositoryName, repositoryName } from '../../../src/plan/reference.ts';
import { problemOf } from '../failures.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const HOLDS_REGISTRY = { problem: 'it holds the registry', hint: 'imageRegistryPath' };
const HOLDS_TAG = { problem: 'it holds a tag or digest', hint: 'Put the tag into imageTag.' };
const CHARACTERS = { problem: 'it has characters that ECR does not take', hint: 'lower-case letters and digits' };
const UPPER_CASE = { problem: 'it has upper-case letters', hint: 'such as team/nginx.' };

describe('imageShortName', () => {
  it.each([
    ['a word', 'nginx'],
    ['two characters', 'ab'],
    ['digits', '42'],
    ['parts', 'team/blue/nginx'],
    ['separators', 'a.b-c_d/e.f'],
    ['256 characters', 'a'.repeat(256)],
  ])('takes %s', (_, name) => {
    expect(checkRepositoryName(name, { input: 'imageShortName' })).toBe(name);
  });

  it.each([
    ['a pasted URI', `${HOST}/nginx`, HOLDS_REGISTRY],
    ['a pasted URI with its tag', `${HOST}/nginx:v1`, HOLDS_REGISTRY],
    ['a pasted address', `https://${HOST}/nginx`, HOLDS_REGISTRY],
    ['an address of another registry', 'https://registry.example/nginx', HOLDS_REGISTRY],
    ['a tag', 'nginx:v1', HOLDS_TAG],
    ['a tag after parts', 'team/nginx:v1', HOLDS_TAG],
    ['an empty tag', 'nginx:', HOLDS_TAG],
    ['a digest', `nginx@sha256:${'0'.repeat(64)}`, HOLDS_TAG],
    ['upper case', 'Team/Nginx', UPPER_CASE],
    ['a space', 'my nginx', CHARACTERS],
    ['a slash first', '/nginx', CHARACTERS],
    ['a slash last', 'nginx/', CHARACTERS],
    ['an empty part', 'team//nginx', CHARACTERS],
    ['a separator first', '-nginx', CHARACTERS],
    ['a separator last', 'nginx.', CHARACTERS],
    ['a double dash', 'my--nginx', CHARACTERS],
    ['a double underscore', 'my__nginx', CHARACTERS],
    ['two separators', 'my._nginx', CHARACTERS],
    ['a separator beside a slash', 'team/-nginx', CHARACTERS],
    ['a letter that is not ASCII', 'nginx-ä', CHARACTERS],
    ['a line break', 'nginx\nredis', CHARACTERS],
    ['1 character', 'a', { problem: 'it has 1 characters', hint: 'ECR takes 2 to 256' }],
    ['257 characters', 'a'.repeat(257), { problem: 'it has 257 characters', hint: 'ECR takes 2 to 256' }],
  ])('refuses %s', async (_, name, { problem, hint }) => {
    expect(await problemOf(() => checkRepositoryName(name, { input: 'imageShortName' }))).toEqual({
      code: 'image-name-malformed',
      message: `imageShortName: "${name}" is not a repository name: ${problem}.`,
      hint: expect.stringContaining(hint),
    });
  });

  it('suggests no name that would be refused too', async () => {
    const { hint } = await problemOf(() => checkRepositoryName('My Nginx', { input: 'imageShortName' }));
    expect(hint).not.toContain('such as');
  });
});

describe('prefix and name', () => {
  it.each([
    ['', 'nginx', 'nginx'],
    ['team', 'nginx', 'team/nginx'],
    ['team/blue', 'web/nginx', 'team/blue/web/nginx'],
  ])('%j and %s are %s', (prefix, name, expected) => {
    expect(repositoryName(prefix, name)).toBe(expected);
  });
});
