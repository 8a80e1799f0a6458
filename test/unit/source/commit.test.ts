import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readCommit } from '../../../src/source/commit.ts';
import { makeDirectory } from '../job.ts';

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};
const ENV = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

function git(directory: string, date: string, ...args: readonly string[]): string {
  const env = { ...ENV, ...AUTHOR, GIT_COMMITTER_DATE: date };
  return execFileSync('git', ['-C', directory, ...args], { env, encoding: 'utf8' }).trim();
}

/** A repository with one commit that has this committer date. @returns its commit */
function makeRepository(directory: string, date: string, ...options: readonly string[]): string {
  git(directory, date, 'init', '--quiet', ...options);
  git(directory, date, 'commit', '--quiet', '--allow-empty', '--message', 'one');
  return git(directory, date, 'rev-parse', 'HEAD');
}

describe('the commit', () => {
  it.each([
    ['in UTC', '2026-11-21T09:30:05Z', [], 40],
    ['in another zone', '2026-11-21T18:30:05+09:00', [], 40],
    ['of a SHA-256 repository', '2026-11-21T09:30:05Z', ['--object-format=sha256'], 64],
  ])('has its committer date %s', async (_, date, options, digits) => {
    const workspace = await makeDirectory();
    const sha = makeRepository(workspace, date, ...options);
    expect(sha).toHaveLength(digits);
    const { commit } = await readCommit({ directory: workspace, workspace, env: ENV });
    expect(commit).toEqual({ sha, date: new Date('2026-11-21T09:30:05Z') });
  });

  it('is that of the checkout in a directory of the workspace', async () => {
    const workspace = await makeDirectory({ 'other/app/main.txt': '' });
    makeRepository(workspace, '2026-01-01T00:00:00Z');
    const sha = makeRepository(join(workspace, 'other'), '2026-11-21T09:30:05Z');
    const { commit } = await readCommit({ directory: join(workspace, 'other/app'), workspace, env: ENV });
    expect(commit?.sha).toBe(sha);
  });

  it('is not that of a repository around the workspace', async () => {
    const place = await makeDirectory({ 'workspace/main.txt': '' });
    makeRepository(place, '2026-11-21T09:30:05Z');
    const workspace = join(place, 'workspace');
    expect(await readCommit({ directory: workspace, workspace, env: ENV })).toEqual({
      commit: undefined,
      reason: expect.stringContaining('not a git repository'),
    });
  });
});

describe('no commit', () => {
  it('is there before the first one', async () => {
    const workspace = await makeDirectory();
    git(workspace, '', 'init', '--quiet');
    expect(await readCommit({ directory: workspace, workspace, env: ENV })).toEqual({
      commit: undefined,
      reason: expect.stringMatching(/^fatal: .*HEAD/),
    });
  });

  it('can be read without git, which the reason names', async () => {
    const workspace = await makeDirectory();
    makeRepository(workspace, '2026-11-21T09:30:05Z');
    vi.stubEnv('PATH', workspace);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const env = { ...ENV, PATH: workspace };
    expect(await readCommit({ directory: workspace, workspace, env })).toEqual({
      commit: undefined,
      reason: expect.stringContaining('git'),
    });
  });
});
