import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docsAddress, readRunner } from '../../src/runner.ts';
import { problemOf } from './failures.ts';
import { makeDirectory } from './job.ts';

const ENV = { GITHUB_WORKSPACE: '/fake/work', RUNNER_TEMP: '/fake/temp', RUNNER_TOOL_CACHE: '/fake/tools' };
const OURS = { full_name: 'acme/app', default_branch: 'main' };

/** What the runner makes of an event. A string is written as it is. */
async function eventOf(payload: unknown, env: Readonly<Record<string, string>> = {}) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const directory = await makeDirectory({ 'event.json': text });
  return readRunner({ ...ENV, GITHUB_EVENT_PATH: join(directory, 'event.json'), ...env }).event;
}

describe('the variables', () => {
  it('become values', () => {
    expect(readRunner(ENV)).toEqual({
      workspace: '/fake/work',
      temp: '/fake/temp',
      toolCache: '/fake/tools',
      jobId: expect.any(String),
      os: 'linux',
      arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
      isHosted: false,
      event: { name: '', ref: '', onDefaultBranch: false, fromFork: false },
    });
  });

  it.each(['GITHUB_WORKSPACE', 'RUNNER_TEMP', 'RUNNER_TOOL_CACHE'])('need %s', async (name) => {
    for (const value of [undefined, '']) {
      expect(await problemOf(() => readRunner({ ...ENV, [name]: value }))).toMatchObject({
        code: 'runner-unsupported',
        message: `The environment variable ${name} is not set.`,
      });
    }
  });

  it.each(['RUNNER_TEMP', 'RUNNER_TRACKING_ID', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB'])(
    'tell two jobs apart by %s',
    (name) => {
      expect(readRunner({ ...ENV, [name]: 'one' }).jobId).not.toBe(readRunner({ ...ENV, [name]: 'two' }).jobId);
    },
  );

  it('have one name for the steps of a job', () => {
    const job = { ...ENV, GITHUB_RUN_ID: '7', GITHUB_JOB: 'build' };
    expect(readRunner({ ...job, GITHUB_ACTION: 'one' }).jobId).toBe(readRunner({ ...job, GITHUB_ACTION: 'two' }).jobId);
  });
});

describe('the default branch', () => {
  it.each([
    ['push', 'refs/heads/main', OURS, true],
    ['push', 'refs/heads/trunk', { ...OURS, default_branch: 'trunk' }, true],
    ['push', 'refs/heads/feature/main', OURS, false],
    ['push', 'refs/heads/x', OURS, false],
    ['push', 'refs/tags/main', OURS, false],
    ['push', 'refs/heads/main', {}, false],
    ['workflow_dispatch', 'refs/heads/main', OURS, true],
    ['workflow_dispatch', 'refs/heads/main', {}, false],
    ['schedule', 'refs/heads/main', OURS, true],
    ['schedule', 'refs/heads/main', {}, true],
    ['repository_dispatch', 'refs/heads/main', {}, true],
    ['pull_request', 'refs/pull/7/merge', OURS, false],
  ])('%s of %s in %j: %s', async (name, ref, repository, expected) => {
    const event = await eventOf({ repository }, { GITHUB_EVENT_NAME: name, GITHUB_REF: ref });
    expect(event).toEqual({ name, ref, onDefaultBranch: expected, fromFork: false });
  });
});

describe('a fork', () => {
  const pull = (repo: unknown) => ({ repository: OURS, pull_request: { head: { repo } } });
  it.each([
    ['another repository', 'pull_request', pull({ full_name: 'someone/app' }), true],
    ['a repository that was deleted', 'pull_request', pull(null), true],
    ['the same repository', 'pull_request', pull({ full_name: 'acme/app' }), false],
    ['another repository, with secrets', 'pull_request_target', pull({ full_name: 'someone/app' }), false],
    ['no pull request', 'push', { repository: OURS }, false],
    ['no head', 'pull_request', { repository: OURS, pull_request: {} }, false],
    ['an unknown base', 'pull_request', { pull_request: { head: { repo: { full_name: 'someone/app' } } } }, false],
    ['a payload of another shape', 'pull_request', [1], false],
    ['a payload that is no JSON', 'pull_request', '{', false],
    ['an empty payload', 'pull_request', '', false],
  ])('%s on %s', async (_, name, payload, expected) => {
    expect((await eventOf(payload, { GITHUB_EVENT_NAME: name })).fromFork).toBe(expected);
  });

  it('is not seen without a payload', () => {
    const env = { ...ENV, GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: '/no-such-directory/event.json' };
    expect(readRunner(env).event.fromFork).toBe(false);
  });
});

describe('the address of the documentation', () => {
  const ACTION = { GITHUB_SERVER_URL: 'https://github.example', GITHUB_ACTION_REPOSITORY: 'acme/buildkit-aws' };
  it.each([
    [
      'in its version',
      { ...ACTION, GITHUB_ACTION_REF: 'v1' },
      'https://github.example/acme/buildkit-aws/blob/v1/docs/troubleshooting.md',
    ],
    ['on main', ACTION, 'https://github.example/acme/buildkit-aws/blob/main/docs/troubleshooting.md'],
    [
      'on main when the version is blank',
      { ...ACTION, GITHUB_ACTION_REF: '' },
      'https://github.example/acme/buildkit-aws/blob/main/docs/troubleshooting.md',
    ],
    [
      'of a local action',
      { GITHUB_SERVER_URL: 'https://github.example', GITHUB_ACTION_REPOSITORY: '' },
      'docs/troubleshooting.md',
    ],
    ['without variables', {}, 'docs/troubleshooting.md'],
  ])('%s', (_, env, address) => {
    expect(docsAddress(env)).toBe(address);
  });
});
