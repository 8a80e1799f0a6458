import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatGitAddress } from '../../src/plan/git-address.ts';
import { problemOf } from './failures.ts';
import { type Given, makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false', gitCloneUrl: 'https://git.example.com/org/app.git' };
const AGENT = { SSH_AUTH_SOCK: '/fake/agent.sock' };

async function makeKey(passphrase = ''): Promise<string> {
  const path = join(await makeDirectory(), 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', path]);
  return readFileSync(path, 'utf8');
}

async function readWith(given: Readonly<Record<string, string>>, env: Given['env'] = {}) {
  const workspace = await makeDirectory({ known_hosts: 'git.example.com ssh-ed25519 AAAAfake\n' });
  const masked: string[] = [];
  const mask = (secret: string) => masked.push(secret);
  const { source, build } = await read({ workspace, with: { ...GOOD, ...given }, env, mask });
  if (source.kind !== 'clone') {
    throw new Error('gitCloneUrl is given');
  }
  return { ...source, build, workspace, masked, url: formatGitAddress(source.git.address) };
}

describe('a clone', () => {
  it('has the defaults', async () => {
    const { git, pathToContext, dockerfile, workspace } = await readWith({});
    expect([pathToContext, dockerfile]).toEqual(['.', 'Dockerfile']);
    const place = { source: join(workspace, 'source'), directory: join(workspace, 'source') };
    const ssh = { key: undefined, knownHosts: undefined };
    expect(git).toMatchObject({ revision: 'HEAD', place, deleteExisting: true, login: undefined, ssh });
  });

  it('has what is given', async () => {
    const given = {
      gitRevision: 'v1',
      gitCheckoutSubDirectory: './a/b/',
      gitRepositoryDeleteExisting: 'false',
      pathToContext: 'a/b/web',
      dockerfile: 'prod',
      buildContexts: 'lib=source/a/lib\nown=known',
    };
    const workspace = await makeDirectory({ 'known/x': '' });
    const { source, build } = await read({ workspace, with: { ...GOOD, ...given } });
    expect(source).toMatchObject({
      pathToContext: 'a/b/web',
      dockerfile: 'prod',
      git: { revision: 'v1', place: { directory: join(workspace, 'source/a/b') }, deleteExisting: false },
    });
    expect(build.contexts).toEqual([
      { name: 'lib', source: 'local:lib', directory: undefined, inClone: { key: 'lib', value: 'source/a/lib' } },
      { name: 'own', source: 'local:own', directory: join(workspace, 'known') },
    ]);
  });

  it.each([
    ['github', 'fake-token', 'x-access-token', 'fake-token'],
    ['gitlab', 'fake-token', 'oauth2', 'fake-token'],
    ['bitbucket', 'fake-token', 'x-token-auth', 'fake-token'],
    ['gitlab', 'me:fake:token', 'me', 'fake:token'],
    ['backlog', 'me@example.com:fake', 'me@example.com', 'fake'],
    ['github', '\u3000 fake-token \u3000\n', 'x-access-token', 'fake-token'],
  ])('of %s has a login, all forms of which are masked: %j', async (repositoryKind, gitToken, user, password) => {
    const { git, masked, url } = await readWith({ repositoryKind, gitToken });
    expect(git.login).toEqual({ user, password });
    expect(url).toBe(GOOD.gitCloneUrl);
    expect(masked).toEqual(expect.arrayContaining([password, Buffer.from(`${user}:${password}`).toString('base64')]));
  });

  it.each([
    ['an address of SSH', { gitCloneUrl: 'git@github.com:org/app.git' }, 'ssh://git@github.com/org/app.git'],
    [
      'useSshKey',
      { gitCloneUrl: 'https://github.com/org/app.git', useSshKey: 'true' },
      'ssh://git@github.com/org/app.git',
    ],
    [
      'bitbucket without a token',
      { gitCloneUrl: 'bitbucket.org/org/app.git', repositoryKind: 'bitbucket' },
      'ssh://git@bitbucket.org/org/app.git',
    ],
    [
      'a token beside it, with useSshKey',
      { gitCloneUrl: 'github.com/org/app', useSshKey: 'true', gitToken: 'fake-token' },
      'ssh://git@github.com/org/app',
    ],
  ])('goes by SSH: %s', async (_, given, url) => {
    expect((await readWith(given, AGENT)).url).toBe(url);
  });

  it('goes by HTTPS where there is a token and no key', async () => {
    const { url } = await readWith({ gitCloneUrl: 'git@github.com:org/app.git', gitToken: 'fake-token' });
    expect(url).toBe('https://github.com/org/app.git');
  });

  it('takes a key and lines of known_hosts, as text or path', async () => {
    const gitSshKey = await makeKey();
    const given = { gitCloneUrl: 'git@git.example.com:app.git', gitSshKey };
    const { git, masked } = await readWith({ ...given, gitSshKnownHosts: 'known_hosts' });
    expect(git.ssh).toEqual({ key: gitSshKey, knownHosts: 'git.example.com ssh-ed25519 AAAAfake\n' });
    expect(masked).toContain(gitSshKey.trim());
    const line = 'git.example.com ssh-ed25519 AAAAfake';
    expect((await readWith({ ...given, gitSshKnownHosts: line })).git.ssh.knownHosts).toBe(line);
  });
});

describe('a clone is refused', () => {
  it.each([
    ['a key without a use', { gitSshKey: 'KEY' }, 'git-key-unused'],
    ['no key for SSH', { useSshKey: 'true' }, 'git-key-missing'],
    [
      'a host without a known key',
      { gitCloneUrl: 'git@git.example.com:app.git', gitSshKey: 'KEY' },
      'git-host-unknown',
    ],
    ['a token alone for backlog', { repositoryKind: 'backlog', gitToken: 'fake-token' }, 'git-login-malformed'],
    [
      'a token in clear text',
      { gitCloneUrl: 'http://git.example.com/app.git', gitToken: 'fake-token' },
      'git-address-malformed',
    ],
    ['another service', { repositoryKind: 'sourceforge' }, 'input-invalid'],
    ['the public part of a key', { useSshKey: 'true', gitSshKey: 'ssh-ed25519 AAAAfake me' }, 'git-key-malformed'],
    ['more than a token', { gitToken: 'fake-token\nfake-token-2' }, 'git-login-malformed'],
    ['no host', { gitCloneUrl: 'org/app' }, 'git-address-malformed'],
    ['no boolean', { gitRepositoryDeleteExisting: 'yes' }, 'input-invalid'],
    ['an expression', { gitRevision: 'HEAD~1' }, 'git-revision-malformed'],
    ['a directory outside', { gitCheckoutSubDirectory: '../x' }, 'path-outside'],
    ['two addresses', { pathToContext: 'https://git.example.com/other.git' }, 'input-invalid'],
    ['no tag', { push: 'true', awsRegion: 'eu-west-1' }, 'tag-not-derivable'],
  ])('with %s', async (_, given, code) => {
    const key = await makeKey();
    const values = Object.entries(given).map(([name, value]) => [name, value === 'KEY' ? key : value]);
    const problem = await problemOf(() => readWith(Object.fromEntries(values)));
    expect(problem.code).toBe(code);
    expect(JSON.stringify(problem)).not.toContain('fake-token');
  });

  it('with a key that has a passphrase', async () => {
    const problem = await problemOf(async () =>
      readWith({ useSshKey: 'true', gitSshKey: await makeKey('fake-passphrase') }),
    );
    expect(problem).toMatchObject({ code: 'git-key-malformed', message: expect.stringContaining('has a passphrase') });
  });

  it.each(['gitRevision', 'gitCheckoutSubDirectory', 'gitSshKnownHosts'])(
    'without an address that %s belongs to',
    async (name) => {
      const given = { gitCloneUrl: '', [name]: name === 'gitSshKnownHosts' ? 'known_hosts' : 'v1' };
      const problem = await problemOf(() => readWith(given));
      expect([problem.code, problem.message]).toEqual([
        'inputs-invalid',
        expect.stringContaining(`gitCloneUrl: no value is given, and ${name} would belong to it.`),
      ]);
    },
  );

  it('for all of its reasons at once', async () => {
    const { code, message } = await problemOf(() =>
      readWith({ gitCloneUrl: 'no', gitRevision: 'a b', gitToken: 'fake', repositoryKind: 'no' }),
    );
    expect(code).toBe('inputs-invalid');
    expect(message).toMatch(/repositoryKind.*gitRevision/s);
  });
});
