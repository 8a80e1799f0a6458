import { describe, expect, it } from 'vitest';
import { explainGit, isTransient, lacksRef, refusesPart } from '../../src/git/errors.ts';
import type { GitInputs } from '../../src/inputs/git.ts';
import { parseGitAddress } from '../../src/plan/git-address.ts';

const GIT: GitInputs = {
  address: parseGitAddress('https://git.example.com/org/app.git'),
  revision: 'main',
  place: { source: '/fake/source', directory: '/fake/source' },
  deleteExisting: true,
  login: undefined,
  ssh: { key: undefined, knownHosts: undefined },
};
const LOGIN = { user: 'x-access-token', password: 'fake-token' };

describe('what Git says', () => {
  it.each([
    [
      "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
      'git-denied',
      'wants a login',
    ],
    ["fatal: Authentication failed for 'https://git.example.com/org/app.git/'", 'git-denied', 'wants a login'],
    [
      "fatal: unable to access 'https://git.example.com/org/app.git/': The requested URL returned error: 403",
      'git-denied',
      'wants a login',
    ],
    ['git@git.example.com: Permission denied (publickey).', 'git-denied', 'does not take the SSH key'],
    [
      "remote: Repository not found.\nfatal: repository 'https://git.example.com/org/app.git/' not found",
      'git-repository-missing',
      'There is no repository https://git.example.com/org/app.git',
    ],
    ['remote: The project you were looking for could not be found', 'git-repository-missing', 'There is no repository'],
    [
      'No ED25519 host key is known for git.example.com and you have requested strict checking.\nHost key verification failed.',
      'git-host-unknown',
      'A host key is not known',
    ],
    [
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.',
      'git-host-unknown',
      'is another one than the one that is known',
    ],
    [
      "fatal: unable to access 'https://git.example.com/': Could not resolve host: git.example.com",
      'git-unreachable',
      'cannot be reached',
    ],
    ['ssh: connect to host git.example.com port 22: Connection timed out', 'git-unreachable', 'cannot be reached'],
    ['server certificate verification failed. CAfile: none CRLfile: none', 'git-unreachable', 'cannot be reached'],
    [
      'error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly\nfatal: early EOF',
      'git-unreachable',
      'cannot be reached',
    ],
    ['fatal: The requested URL returned error: 503', 'git-unreachable', 'cannot be reached'],
    ['fatal: something new', 'git-failed', 'the clone has failed'],
  ])('%s', (stderr, code, what) => {
    const failure = explainGit(stderr, GIT);
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(what)]);
    expect(failure.message).toContain(stderr.split('\n').at(-1));
    expect(isTransient(failure)).toBe(code === 'git-unreachable');
  });

  it('means another thing when there was a login', () => {
    const { message, hint } = explainGit('fatal: Authentication failed', { ...GIT, login: LOGIN });
    expect(message).toContain('git.example.com does not take gitToken');
    expect(hint).toContain('has not expired');
    expect(message + hint).not.toContain('fake-token');
  });

  it.each([
    [
      "fatal: repository 'https://other.example.com/lib.git/' not found\nfatal: clone of 'https://other.example.com/lib.git' into submodule path '/w/source/lib' failed",
      'git-repository-missing',
      'There is no repository https://other.example.com/lib.git',
    ],
    [
      "fatal: could not read Username for 'https://other.example.com': terminal prompts disabled\nfatal: clone of 'https://other.example.com/lib.git' into submodule path '/w/source/lib' failed",
      'git-denied',
      'other.example.com wants a login',
    ],
    [
      "fatal: unable to access: Could not resolve host: other.example.com\nfatal: clone of 'https://other.example.com/lib.git' into submodule path '/w/source/lib' failed",
      'git-unreachable',
      'other.example.com cannot be reached',
    ],
    [
      "fatal: transport 'file' not allowed\nfatal: clone of 'file:///tmp/openssl.git' into submodule path '/w/source/lib' failed",
      'git-failed',
      'the clone has failed',
    ],
  ])('of a submodule names it: %s', (stderr, code, what) => {
    const failure = explainGit(stderr, { ...GIT, login: LOGIN });
    expect([failure.code, failure.message]).toEqual([
      code,
      expect.stringMatching(/^gitCloneUrl: the submodule lib \(\S+\): /),
    ]);
    expect(failure.message).toContain(what);
    expect(failure.hint.includes('a submodule of another host has to be public')).toBe(code !== 'git-failed');
  });

  it('is not judged by words in names', () => {
    const { code } = explainGit("fatal: something about 'SSL certificate Connection refused'", GIT);
    expect(code).toBe('git-failed');
  });

  it('is shown without its progress', () => {
    const stderr =
      'remote: Enumerating objects: 9, done.\nremote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\nReceiving objects:  10% (1/10)\rfatal: something';
    expect(explainGit(stderr, GIT).message).toBe('gitCloneUrl: the clone has failed. Git says:\nfatal: something');
  });

  it.each([
    ['error: Server does not allow request for unadvertised object 0123', true, false],
    ['fatal: remote error: upload-pack: not our ref 0123', true, false],
    ['fatal: dumb http transport does not support shallow capabilities', true, false],
    ["fatal: couldn't find remote ref no-such", false, true],
    ['fatal: something else', false, false],
  ])('%s: more has to be asked for (%s), or nothing has that name (%s)', (stderr, refuses, lacks) => {
    expect([refusesPart(stderr), lacksRef(stderr)]).toEqual([refuses, lacks]);
  });
});
