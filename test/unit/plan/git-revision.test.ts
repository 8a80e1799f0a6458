import { describe, expect, it } from 'vitest';
import { checkRevision, isFullCommit, isShortCommit } from '../../../src/plan/git-revision.ts';
import { problemOf } from '../failures.ts';

describe('a revision', () => {
  it.each([
    'main',
    'feature/slash',
    'v1.0.0',
    'refs/pull/1/head',
    'release-1.x',
    'ümlaut',
    'a'.repeat(40),
    'dependabot/npm/@types/node',
    "it's",
    '$(x)',
    '日本',
  ])('may be %s', (value) => {
    expect(checkRevision(value)).toBe(value);
  });

  it.each([
    '-x',
    '--upload-pack=x',
    '+main',
    'main:other',
    'HEAD~1',
    'HEAD^',
    'main@{1}',
    '@',
    'a..b',
    'a b',
    'a\nb',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.',
    'a.lock',
    'a.lock/b',
    'a\u0007',
    'x'.repeat(2000),
  ])('is not %j', async (value) => {
    expect((await problemOf(() => checkRevision(value))).code).toBe('git-revision-malformed');
  });

  it.each([
    ['abc', false, false],
    ['abcd', true, false],
    ['ABCDEF0', true, false],
    ['g123456', false, false],
    ['0'.repeat(39), true, false],
    ['0'.repeat(40), false, true],
    ['0'.repeat(64), false, true],
    ['0'.repeat(65), false, false],
  ])('%s can be the beginning of a commit: %s, or all of it: %s', (value, short, full) => {
    expect([isShortCommit(value), isFullCommit(value)]).toEqual([short, full]);
  });
});
