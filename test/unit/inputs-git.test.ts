import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { type Given, makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false', imageTag: 'v1' };

async function readWith(given: Readonly<Record<string, string>>, env: Given['env'] = {}) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n', 'keys/deploy': 'fake-key' });
  await mkdir(join(workspace, 'keys/a'));
  const masked: string[] = [];
  const mask = (secret: string) => masked.push(secret);
  const inputs = await read({ workspace, with: { ...GOOD, ...given }, env, mask });
  return { ...inputs.build, workspace, masked };
}

describe('gitToken', () => {
  it.each([
    ['https://a.example/b.git', 'a.example'],
    ['https://a.example:8443/b.git#main:app', 'a.example:8443'],
  ])('goes to the host of %s', async (pathToContext, host) => {
    const { secrets, masked } = await readWith({ pathToContext, gitToken: 'fake-token' });
    expect(secrets).toEqual([{ id: `GIT_AUTH_TOKEN.${host}`, value: 'fake-token' }]);
    expect(masked).toEqual(['fake-token', Buffer.from('x-access-token:fake-token').toString('base64')]);
  });

  it('may have a user, and is masked in both of its forms', async () => {
    const given = { pathToContext: 'https://a.example/b.git', gitToken: 'ci:fake:token' };
    const { secrets, masked } = await readWith(given);
    const basic = Buffer.from('ci:fake:token').toString('base64');
    expect(secrets).toEqual([{ id: 'GIT_AUTH_HEADER.a.example', value: `basic ${basic}` }]);
    expect(masked).toEqual(expect.arrayContaining(['ci:fake:token', basic]));
  });

  it('comes after the secrets of the build', async () => {
    const given = { pathToContext: 'https://a.example/b.git', gitToken: 'fake-token', secrets: 'npm=fake-npm' };
    expect((await readWith(given)).secrets.map(({ id }) => id)).toEqual(['npm', 'GIT_AUTH_TOKEN.a.example']);
  });

  it.each([
    '',
    '.',
    'https://a.example/b.tar.gz',
    'git@a.example:b.git',
    'ssh://git@a.example/b.git',
    'git://a.example/b',
  ])('is masked, and goes nowhere with %j', async (pathToContext) => {
    const { secrets, masked } = await readWith({ pathToContext, gitToken: 'fake-token' });
    expect([secrets, masked]).toEqual([
      [],
      ['fake-token', Buffer.from('x-access-token:fake-token').toString('base64')],
    ]);
  });

  it('is what an address may not hold', async () => {
    const given = { pathToContext: 'https://ci:fake-secret@a.example/b.git' };
    const problem = await problemOf(() => readWith(given));
    expect([problem.code, problem.message]).toEqual([
      'input-invalid',
      'pathToContext: the address holds a user or password, which everybody on the machine could read.',
    ]);
  });

  it('does not hide an address that is none', async () => {
    const given = { pathToContext: 'https://a.example:port/b.git', gitToken: 'fake-token' };
    expect((await problemOf(() => readWith(given))).code).toBe('input-invalid');
  });
});

describe('ssh', () => {
  const AGENT = { SSH_AUTH_SOCK: '/fake/agent' };
  it.each([
    ['default', ['default']],
    ['deploy\n# no\ndefault', ['deploy', 'default']],
  ])('may be an agent: %j', async (ssh, values) => {
    expect((await readWith({ ssh }, AGENT)).ssh).toEqual(values);
  });

  it('may be a key, which needs no agent', async () => {
    const { ssh, workspace } = await readWith({ ssh: 'deploy=keys/deploy' });
    expect(ssh).toEqual([`deploy=${join(workspace, 'keys/deploy')}`]);
  });

  it('may be several keys', async () => {
    const { ssh, workspace } = await readWith({ ssh: 'deploy=keys/deploy,keys/../keys/deploy' });
    const key = join(workspace, 'keys/deploy');
    expect(ssh).toEqual([`deploy=${key},${key}`]);
  });

  it.each([{}, { SSH_AUTH_SOCK: '' }])('needs an agent that is there: %j', async (env) => {
    expect(await problemOf(() => readWith({ ssh: 'default' }, env))).toEqual({
      code: 'ssh-unavailable',
      message:
        'ssh: an entry without a path is the SSH agent of the job, and there is none (SSH_AUTH_SOCK is not set).',
      hint: 'Start an agent in an earlier step, or name a key: default=path/to/key.',
    });
  });

  it.each([
    ['deploy=keys/gone', 'ssh-unavailable'],
    ['deploy=keys/a', 'ssh-unavailable'],
    ['deploy=', 'ssh-unavailable'],
    ['deploy=keys/deploy,keys/gone', 'ssh-unavailable'],
    ['deploy=../key', 'path-outside'],
    ['=keys/deploy', 'pair-malformed'],
    ['my key=keys/deploy', 'pair-malformed'],
  ])('is not %s', async (ssh, code) => {
    expect((await problemOf(() => readWith({ ssh }, AGENT))).code).toBe(code);
  });

  it('does not show a key that was pasted', async () => {
    const ssh = 'default=-----BEGIN FAKE KEY-----\nZmFrZWtleQ\nZmFr/ZWtl+eQ==\n-----END FAKE KEY-----';
    const problem = await problemOf(() => readWith({ ssh }));
    expect(problem.code).toBe('inputs-invalid');
    expect(JSON.stringify(problem)).not.toMatch(/ZmFr|FAKE/);
  });
});
