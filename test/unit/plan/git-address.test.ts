import { describe, expect, it } from 'vitest';
import { byHttps, bySsh, formatGitAddress, pageOf, parseGitAddress } from '../../../src/plan/git-address.ts';
import { problemOf } from '../failures.ts';

describe('the address of a repository', () => {
  it.each([
    ['https://github.com/org/app.git', 'https://github.com/org/app.git', 'https://github.com/org/app'],
    ['https://GitHub.com/org/app', 'https://github.com/org/app', 'https://github.com/org/app'],
    [
      'https://git.example.com:8443/a/b/c.git/',
      'https://git.example.com:8443/a/b/c.git/',
      'https://git.example.com:8443/a/b/c',
    ],
    ['github.com/org/app.git', 'https://github.com/org/app.git', 'https://github.com/org/app'],
    [
      'space.backlog.com/git/PROJECT/app.git',
      'https://space.backlog.com/git/PROJECT/app.git',
      'https://space.backlog.com/git/PROJECT/app',
    ],
    ['http://127.0.0.1:3000/app.git', 'http://127.0.0.1:3000/app.git', 'http://127.0.0.1:3000/app'],
    ['git@github.com:org/app.git', 'ssh://git@github.com/org/app.git', 'https://github.com/org/app'],
    [
      'space@space.git.backlog.com:/PROJECT/app.git',
      'ssh://space@space.git.backlog.com/PROJECT/app.git',
      'https://space.git.backlog.com/PROJECT/app',
    ],
    [
      'ssh://git@git.example.com:2222/org/app.git',
      'ssh://git@git.example.com:2222/org/app.git',
      'https://git.example.com/org/app',
    ],
    ['ssh://git.example.com/org/app.git', 'ssh://git@git.example.com/org/app.git', 'https://git.example.com/org/app'],
    ['git+ssh://git@git.example.com/app', 'ssh://git@git.example.com/app', 'https://git.example.com/app'],
  ])('%s', (value, formatted, page) => {
    const address = parseGitAddress(value);
    expect([formatGitAddress(address), pageOf(address)]).toEqual([formatted, page]);
  });

  it('is the same repository by SSH and by HTTPS', () => {
    const https = parseGitAddress('https://git.example.com:8443/org/app.git');
    expect(formatGitAddress(bySsh(https))).toBe('ssh://git@git.example.com/org/app.git');
    const ssh = parseGitAddress('ssh://me@git.example.com:2222/org/app.git');
    expect(formatGitAddress(byHttps(ssh))).toBe('https://git.example.com/org/app.git');
    expect([bySsh(ssh), byHttps(https)]).toEqual([ssh, https]);
  });

  it.each([
    'https://github.com',
    'https://github.com/',
    'git@github.com:',
    'app',
    'org/app',
    'ssh://-oProxyCommand=x/y',
    'git@x:',
    'file:///etc/repository',
    'ext::sh -c touch% /tmp/pwned',
    '--upload-pack=touch /tmp/pwned',
    '-oProxyCommand=x:y',
    '/srv/git/app.git',
    './app',
    'https://github.com/org/app.git --option',
    'https://github.com/org/\u0000app',
    'https://user:fake-secret@github.com/org/app.git',
    'https://fake-secret@github.com/org/app.git',
    'ssh://git:fake-secret@github.com/org/app.git',
    'https://github.com/org/app.git#main:web',
    'https://github.com/org/app.git?ref=main',
    'ftp://github.com/org/app.git',
  ])('is not %j', async (value) => {
    const problem = await problemOf(() => parseGitAddress(value));
    expect(problem.code).toBe('git-address-malformed');
    expect(JSON.stringify(problem)).not.toContain('fake-secret');
  });
});
