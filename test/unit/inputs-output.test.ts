import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };
const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';

async function makePlace(): Promise<string> {
  const place = await makeDirectory({
    'workspace/Dockerfile': 'FROM scratch\n',
    'workspace/out/x': '',
    'outside/x': '',
  });
  const workspace = join(place, 'workspace');
  await symlink('../outside', join(workspace, 'link-out'));
  await symlink('../outside/x', join(workspace, 'file-out'));
  await symlink('../outside/new.tar', join(workspace, 'dangling-out'));
  await symlink('loop', join(workspace, 'loop'));
  await symlink('out', join(workspace, 'link-in'));
  return workspace;
}

async function outputOf(given: Readonly<Record<string, string>>) {
  const workspace = await makePlace();
  const { output, cache } = await read({ workspace, with: { ...GOOD, ...given } });
  return { ...output, cache, workspace };
}

describe('outputs', () => {
  it.each([
    ['image.tar', 'image.tar'],
    ['./out/../image.tar', 'image.tar'],
    ['new/directory/image.tar', 'new/directory/image.tar'],
    ['..image.tar', '..image.tar'],
    ['..out/image.tar', '..out/image.tar'],
    ['out/x', 'out/x'],
    ['link-in/image.tar', 'link-in/image.tar'],
    ['my image.tar', 'my image.tar'],
  ])('go into the workspace: %s', async (dest, path) => {
    const { exporters, workspace } = await outputOf({ outputs: `type=oci,dest=${dest}` });
    expect(exporters.map((entry) => [...entry])).toEqual([
      [
        ['type', 'oci'],
        ['dest', join(workspace, path)],
      ],
    ]);
  });

  it('go anywhere by an absolute path', async () => {
    const path = join(await makeDirectory(), 'image.tar');
    const { exporters } = await outputOf({ outputs: `type=oci,dest=${path}\ntype=image,name=a` });
    expect(exporters.map((entry) => entry.get('dest'))).toEqual([path, undefined]);
  });

  it.each([
    '../image.tar',
    'out/../../image.tar',
    '..',
    'link-out/image.tar',
    'link-out/new/image.tar',
    'link-out',
    'file-out',
    'dangling-out',
    'loop',
    'loop/image.tar',
  ])('do not leave it: %s', async (dest) => {
    expect(await problemOf(() => outputOf({ outputs: `type=local,dest=${dest}` }))).toEqual({
      code: 'path-outside',
      message: `outputs: dest "${dest}" leaves the workspace.`,
      hint: 'Use a path inside of it, or an absolute path.',
    });
  });

  it('are a problem like others where there is no workspace', async () => {
    const workspace = join(await makeDirectory(), 'gone');
    const given = { ...GOOD, outputs: 'type=oci,dest=image.tar' };
    expect((await problemOf(() => read({ workspace, with: given }))).code).toBe('context-missing');
  });
});

describe('the form of layers', () => {
  it.each(['gzip', 'uncompressed'] as const)('%s goes with the media types of Docker', async (compression) => {
    expect(await outputOf({ compression, mediaTypes: 'docker' })).toMatchObject({
      compression,
      mediaTypes: 'docker',
    });
  });

  it.each(['zstd', 'estargz'])('%s does not', async (compression) => {
    expect(await problemOf(() => outputOf({ compression, mediaTypes: 'docker' }))).toEqual({
      code: 'compression-conflict',
      message: `mediaTypes: docker has no name for ${compression} layers.`,
      hint: 'Use mediaTypes: oci, or another compression.',
    });
  });
});

describe('cache', () => {
  it.each([
    ['', {}, { mode: 'registry', tag: 'buildcache' }],
    ['registry', { cacheTag: 'x' }, { mode: 'registry', tag: 'x' }],
    ['', { cacheTag: `${HOST}/a/b:c` }, { mode: 'registry', tag: { host: HOST, repository: 'a/b', tag: 'c' } }],
    ['gha', {}, { mode: 'gha', tag: 'buildcache' }],
    ['inline', {}, { mode: 'inline', tag: 'buildcache' }],
    ['none', {}, { mode: 'none', tag: 'buildcache' }],
    ['', { extraArgs: '--import-cache type=gha' }, { mode: 'registry', from: [], to: undefined }],
  ])('%j with %j', async (cache, given, expected) => {
    expect((await outputOf({ cache, ...given })).cache).toMatchObject(expected);
  });

  it('entries take the place of their half', async () => {
    const { cache } = await outputOf({ cacheFrom: 'type=gha\n# no\ntype=local,src=a' });
    expect(cache.from?.map((entry) => Object.fromEntries(entry))).toEqual([
      { type: 'gha' },
      { type: 'local', src: expect.stringMatching(/^\/.*\/workspace\/a$/) },
    ]);
    expect(cache.to).toBeUndefined();
  });

  it('of comments alone is nothing', async () => {
    expect((await outputOf({ cacheTo: '# none' })).cache.to).toEqual([]);
  });

  it.each([
    [{ cache: 'registry', cacheFrom: 'type=gha' }, 'cache: registry and cacheFrom are both given'],
    [{ cache: 'none', cacheTo: 'type=gha' }, 'cache: none and cacheTo are both given'],
    [{ cache: 'gha', cacheTag: 'x' }, 'cacheTag: it names a tag in a registry, and cache is gha.'],
    [{ cache: 'inline', cacheTag: 'x' }, 'cacheTag: it names a tag in a registry, and cache is inline.'],
    [{ cache: 'none', cacheTag: 'x' }, 'cacheTag: it names a tag in a registry, and cache is none.'],
  ])('%j are in conflict', async (given, message) => {
    const problem = await problemOf(() => outputOf(given));
    expect(problem.code).toBe('cache-conflict');
    expect(problem.message).toContain(message);
  });

  it.each(['x', 'x-amd64', `${HOST}/nginx:x`, `${HOST}/nginx:x-arm64`])(
    'keeps its tag from an image: %s',
    async (tag) => {
      expect((await problemOf(() => outputOf({ cacheTag: 'x', imageTag: tag }))).code).toBe('tag-reserved');
    },
  );
});
