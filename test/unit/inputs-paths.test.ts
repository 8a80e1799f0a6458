import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { CREDENTIALS, type Given, makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1', awsCredentials: CREDENTIALS };

/** A workspace, and beside it what a step may not reach by a relative path. */
async function makePlace() {
  const place = await makeDirectory({
    'outside/Dockerfile': 'FROM scratch\n',
    'workspace/Dockerfile': 'FROM scratch\n',
    'workspace/app/Dockerfile': 'FROM scratch\n',
    'workspace/app/docker/prod': 'FROM scratch\n',
    'workspace/..app/Dockerfile': 'FROM scratch\n',
  });
  const workspace = join(place, 'workspace');
  await symlink('../outside', join(workspace, 'link-out'));
  await symlink(join(place, 'outside'), join(workspace, 'absolute-link-out'));
  await symlink('../../outside/Dockerfile', join(workspace, 'app', 'Linked'));
  await symlink('../Dockerfile', join(workspace, 'app', 'Above'));
  await symlink('app', join(workspace, 'link-in'));
  await symlink('docker/prod', join(workspace, 'app', 'Inside'));
  await symlink('loop', join(workspace, 'loop'));
  await symlink('gone', join(workspace, 'dangling'));
  return { workspace, outside: join(place, 'outside') };
}

async function contextOf(given: Given) {
  const { source } = await read(given);
  return source.kind === 'workspace' ? source.context : undefined;
}

describe('the context and the Dockerfile', () => {
  it.each([
    ['the workspace', '', '', '.', '.', 'Dockerfile'],
    ['a directory', 'app', '', 'app', 'app', 'Dockerfile'],
    ['a directory with a dot and a slash', './app/', '', 'app', 'app', 'Dockerfile'],
    ['a way that comes back', 'app/docker/..', '', 'app', 'app', 'Dockerfile'],
    ['a Dockerfile further down', 'app', 'docker/prod', 'app', 'app/docker', 'prod'],
    ['a name that begins with two dots', '..app', '', '..app', '..app', 'Dockerfile'],
    ['a link that stays inside', 'link-in', '', 'app', 'app', 'Dockerfile'],
    ['a Dockerfile that is a link inside', 'app', 'Inside', 'app', 'app/docker', 'prod'],
  ])('may be %s', async (_, pathToContext, dockerfile, directory, dockerfileDirectory, name) => {
    const { workspace } = await makePlace();
    expect(await contextOf({ workspace, with: { ...GOOD, pathToContext, dockerfile } })).toEqual({
      kind: 'local',
      directory: join(workspace, directory),
      dockerfile: { directory: join(workspace, dockerfileDirectory), name },
    });
  });

  it('may be outside when their paths are absolute', async () => {
    const { workspace, outside } = await makePlace();
    const given = { pathToContext: outside, dockerfile: join(workspace, 'app/docker/prod') };
    expect(await contextOf({ workspace, with: { ...GOOD, ...given } })).toEqual({
      kind: 'local',
      directory: outside,
      dockerfile: { directory: join(workspace, 'app/docker'), name: 'prod' },
    });
  });

  it('may be in a workspace that is a link itself', async () => {
    const { workspace } = await makePlace();
    const link = join(await makeDirectory(), 'link');
    await symlink(workspace, link);
    const context = await contextOf({ workspace: link, with: { ...GOOD, pathToContext: 'app' } });
    expect(context).toMatchObject({ kind: 'local', directory: join(workspace, 'app') });
  });
});

describe('pathToContext', () => {
  it.each([
    ['..', 'leaves the workspace.'],
    ['../outside', 'leaves the workspace.'],
    ['../no-such-directory', 'leaves the workspace.'],
    ['app/../../outside', 'leaves the workspace.'],
    ['../workspace/../outside', 'leaves the workspace.'],
    ['link-out', 'leaves the workspace, through a link.'],
    ['absolute-link-out', 'leaves the workspace, through a link.'],
  ])('may not leave the workspace: %s', async (pathToContext, reason) => {
    const { workspace } = await makePlace();
    expect(await problemOf(() => read({ workspace, with: { ...GOOD, pathToContext } }))).toMatchObject({
      code: 'path-outside',
      message: `pathToContext: "${pathToContext}" ${reason}`,
    });
  });

  it.each([
    ['no-such-directory', 'context-missing', 'pathToContext: "no-such-directory" is not in the workspace.'],
    ['dangling', 'context-missing', 'pathToContext: "dangling" is not in the workspace.'],
    ['Dockerfile', 'context-missing', 'pathToContext: "Dockerfile" is no directory.'],
    ['app/docker/prod', 'context-missing', 'pathToContext: "app/docker/prod" is no directory.'],
    ['Dockerfile/app', 'context-missing', 'pathToContext: "Dockerfile/app" is not in the workspace.'],
  ])('must be a directory: %s', async (pathToContext, code, message) => {
    const { workspace } = await makePlace();
    expect(await problemOf(() => read({ workspace, with: { ...GOOD, pathToContext } }))).toMatchObject({
      code,
      message,
    });
  });

  it('must be a path that can be followed', async () => {
    const { workspace } = await makePlace();
    const { code, message } = await problemOf(() => read({ workspace, with: { ...GOOD, pathToContext: 'loop' } }));
    expect(code).toBe('path-unreadable');
    expect(message).toMatch(/^pathToContext: ".*loop" cannot be read/);
  });
});

describe('dockerfile', () => {
  it.each([
    ['../Dockerfile', 'leaves the build context.'],
    ['docker/../../Dockerfile', 'leaves the build context.'],
    ['../../outside/Dockerfile', 'leaves the build context.'],
    ['Linked', 'leaves the build context, through a link.'],
    ['Above', 'leaves the build context, through a link.'],
  ])('may not leave the context: %s', async (dockerfile, reason) => {
    const { workspace } = await makePlace();
    const given = { ...GOOD, pathToContext: 'app', dockerfile };
    expect(await problemOf(() => read({ workspace, with: given }))).toMatchObject({
      code: 'path-outside',
      message: `dockerfile: "${dockerfile}" ${reason}`,
    });
  });

  it.each(['docker', 'no-such-file', '/no-such-directory/Dockerfile'])('must be a file: %s', async (dockerfile) => {
    const { workspace } = await makePlace();
    const given = { ...GOOD, pathToContext: 'app', dockerfile };
    expect((await problemOf(() => read({ workspace, with: given }))).code).toBe('dockerfile-missing');
  });
});

describe('awsCredentials and buildkitPath', () => {
  it.each([
    ['awsCredentials', '../outside/Dockerfile'],
    ['awsCredentials', 'link-out/Dockerfile'],
    ['awsCredentials', 'app/Linked'],
    ['buildkitPath', '../outside'],
    ['buildkitPath', 'link-out'],
  ])('%s may not leave the workspace: %s', async (input, path) => {
    const { workspace } = await makePlace();
    const { code, message } = await problemOf(() => read({ workspace, with: { ...GOOD, [input]: path } }));
    expect(code).toBe('path-outside');
    expect(message).toContain(`${input}: "${path}" leaves the workspace`);
  });
});
