import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { parseTagEntry, tagOfRef, tagsOfCommit } from '../../../src/plan/tags.ts';
import { problemOf } from '../failures.ts';

const SHA = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567';
const COMMIT = { sha: SHA, date: new Date('2026-11-21T09:30:05Z') };
const NAMED = '261121_093005-0a1b2c3';
const MAIN = 'refs/heads/main';

describe('tags of a commit', () => {
  it.each([
    ['push', MAIN, true, [NAMED, 'latest']],
    ['schedule', MAIN, true, [NAMED, 'latest']],
    ['workflow_dispatch', MAIN, true, [NAMED, 'latest']],
    ['repository_dispatch', MAIN, true, [NAMED, 'latest']],
    ['push', 'refs/heads/feature/x', false, [NAMED]],
    ['workflow_dispatch', 'refs/heads/feature/x', false, [NAMED]],
    ['workflow_dispatch', 'refs/tags/v1', false, [NAMED]],
    ['pull_request', 'refs/pull/7/merge', false, [NAMED]],
    ['pull_request_target', MAIN, true, [NAMED]],
    ['workflow_run', MAIN, true, [NAMED]],
    ['issue_comment', MAIN, true, [NAMED]],
    ['merge_group', 'refs/heads/gh-readonly-queue/main/pr-7-0a1b2c3', false, [NAMED]],
    ['merge_group', MAIN, true, [NAMED]],
    ['release', 'refs/tags/v1', false, [NAMED]],
    ['workflow_call', MAIN, true, [NAMED]],
    ['', '', false, [NAMED]],
  ])('%s of %s, on the default branch: %s', (name, ref, onDefaultBranch, tags) => {
    expect(tagsOfCommit({ name, ref, onDefaultBranch }, COMMIT)).toEqual(tags);
  });

  it.each([
    ['the last second of a year', '2025-12-31T23:59:59Z', '251231_235959'],
    ['the first second of a year', '2026-01-01T00:00:00Z', '260101_000000'],
    ['a leap day', '2028-02-29T12:00:00Z', '280229_120000'],
    ['midnight in Tokyo, the day before in UTC', '2026-11-21T00:00:00+09:00', '261120_150000'],
    ['an evening in New York, the next day in UTC', '2026-11-21T19:00:00-05:00', '261122_000000'],
    ['parts of a second', '2026-11-21T09:30:05.999Z', '261121_093005'],
  ])('%s', (_, date, expected) => {
    const event = { name: 'push', ref: 'refs/heads/x', onDefaultBranch: false };
    expect(tagsOfCommit(event, { sha: SHA, date: new Date(date) })).toEqual([`${expected}-0a1b2c3`]);
  });

  it('has seven digits of the commit of a SHA-256 repository, too', () => {
    const event = { name: 'pull_request', ref: 'refs/pull/7/merge', onDefaultBranch: false };
    expect(tagsOfCommit(event, { ...COMMIT, sha: 'f'.repeat(64) })).toEqual(['261121_093005-fffffff']);
  });
});

function push(ref: string) {
  return { name: 'push', ref, onDefaultBranch: false };
}

describe('the tag of a tag push', () => {
  it.each([
    ['v1.0.0', 'v1.0.0'],
    ['release/1.0', 'release-1.0'],
    ['v1.0.0+build.5', 'v1.0.0-build.5'],
    ['.hidden', 'hidden'],
    ['-.-v1', 'v1'],
    ['+v1', 'v1'],
    ['v1 (final)', 'v1--final-'],
    ['größe', 'gr--e'],
    ['v1-🚀', 'v1--'],
    ['V1_a', 'V1_a'],
    [`v${'1'.repeat(200)}`, `v${'1'.repeat(127)}`],
  ])('refs/tags/%s', (name, tag) => {
    expect(tagOfRef(push(`refs/tags/${name}`))).toBe(tag);
  });

  it.each([
    ['push', 'refs/heads/v1'],
    ['push', 'refs/heads/refs/tags/v1'],
    ['push', 'refs/tags/'],
    ['push', ''],
    ['release', 'refs/tags/v1'],
    ['workflow_dispatch', 'refs/tags/v1'],
    ['create', 'refs/tags/v1'],
  ])('is not derived from %s of %j', (name, ref) => {
    expect(tagOfRef({ name, ref, onDefaultBranch: false })).toBeUndefined();
  });

  it.each(['buildcache', 'buildcache/x', 'buildcache-x', '.buildcache'])('is not the cache: %s', async (name) => {
    expect((await problemOf(() => tagOfRef(push(`refs/tags/${name}`)))).code).toBe('tag-reserved');
  });

  it.each(['...', '+', '日本', '-.-'])('needs a character that a tag may start with: %s', async (name) => {
    expect(await problemOf(() => tagOfRef(push(`refs/tags/${name}`)))).toEqual({
      code: 'tag-not-derivable',
      message: 'The Git tag that started this workflow has no character that an image tag may start with.',
      hint: 'Set imageTag.',
    });
  });
});

describe('whatever happens', () => {
  it('the tags of a commit are valid', () => {
    const commit = fc.record({
      sha: fc.stringMatching(/^([0-9a-f]{40}|[0-9a-f]{64})$/),
      date: fc.date({
        min: new Date('1970-01-01T00:00:00Z'),
        max: new Date('2099-12-31T23:59:59Z'),
        noInvalidDate: true,
      }),
    });
    const event = fc.record({
      name: fc.constantFrom('push', 'schedule'),
      ref: fc.string(),
      onDefaultBranch: fc.boolean(),
    });
    fc.assert(
      fc.property(event, commit, (happened, built) => {
        const [first, ...others] = tagsOfCommit(happened, built);
        expect(first).toMatch(/^\d{6}_\d{6}-[0-9a-f]{7}$/);
        expect(others).toEqual(happened.onDefaultBranch ? ['latest'] : []);
      }),
    );
  });

  it('the tag of a ref is valid, or says why there is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (name) => {
        const tag = derive(`refs/tags/${name}`);
        if (tag !== undefined) {
          expect(tag).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
          expect(parseTagEntry(tag)).toEqual({ kind: 'tag', tag });
        }
      }),
    );
  });
});

function derive(ref: string): string | undefined {
  try {
    return tagOfRef(push(ref));
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}
