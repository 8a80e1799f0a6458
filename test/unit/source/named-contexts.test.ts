import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findNamedContext } from '../../../src/source/named-contexts.ts';
import { problemOf } from '../failures.ts';
import { makeDirectory } from '../job.ts';

async function makeWorkspace(): Promise<string> {
  const place = await makeDirectory({ 'workspace/lib/a b/main.txt': '', 'outside/main.txt': '' });
  await symlink('../outside', join(place, 'workspace', 'link-out'));
  return join(place, 'workspace');
}

describe('a named context', () => {
  it.each([
    'docker-image://alpine:3',
    'docker-image://a.example:5000/b@sha256:0',
    'https://a.example/b.git#main:app',
    'https://a.example/b.tar.gz',
    'http://a.example/b.git',
    'git://a.example/b.git',
    'ssh://git@a.example/b.git',
    'git@a.example:b/c.git',
  ])('may be %s', async (value) => {
    const workspace = await makeWorkspace();
    expect(await findNamedContext({ key: 'base', value }, { workspace })).toEqual({
      name: 'base',
      source: value,
      directory: undefined,
    });
  });

  it.each([
    ['lib', 'lib'],
    ['./lib/a b/', 'lib/a b'],
    ['lib/..', '.'],
  ])('may be a directory of the workspace: %s', async (value, directory) => {
    const workspace = await makeWorkspace();
    expect(await findNamedContext({ key: 'base', value }, { workspace })).toEqual({
      name: 'base',
      source: 'local:base',
      directory: join(workspace, directory),
    });
  });

  it('may be a directory outside, when its path is absolute', async () => {
    const workspace = await makeWorkspace();
    const value = join(workspace, '../outside');
    expect((await findNamedContext({ key: 'base', value }, { workspace })).directory).toBe(value);
  });

  it.each(['context', 'dockerfile'])('called %s has another name in the arguments', async (key) => {
    const workspace = await makeWorkspace();
    expect(await findNamedContext({ key, value: 'lib' }, { workspace })).toMatchObject({
      name: key,
      source: `local:_${key}`,
    });
  });

  it.each([
    ['no-such', 'context-missing', 'buildContexts: "base" is "no-such", which is not in the workspace.'],
    ['alpine:3', 'context-missing', 'buildContexts: "base" is "alpine:3", which is not in the workspace.'],
    ['lib/a b/main.txt', 'context-missing', 'buildContexts: "base" is "lib/a b/main.txt", which is no directory.'],
    ['../outside', 'path-outside', 'buildContexts: "../outside" leaves the workspace.'],
    ['link-out', 'path-outside', 'buildContexts: "link-out" leaves the workspace, through a link.'],
    [
      'https://ci:fake-secret@a.example/b.git',
      'input-invalid',
      'buildContexts: the address holds a user or password, which everybody on the machine could read.',
    ],
  ])('is not %s', async (value, code, message) => {
    const workspace = await makeWorkspace();
    const problem = await problemOf(() => findNamedContext({ key: 'base', value }, { workspace }));
    expect([problem.code, problem.message]).toEqual([code, message]);
    expect(JSON.stringify(problem)).not.toContain('fake-secret');
  });
});
