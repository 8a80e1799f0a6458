import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };
const DOCKERFILE = { Dockerfile: 'FROM scratch\n' };
const OTHER = { name: 'sidecar', imageUri: 'a.example/b:c' };

/** What a step leaves, in a workspace with these files. */
async function resultsOf(given: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const workspace = await makeDirectory({ ...DOCKERFILE, ...files });
  const { summary, imageDefinitions } = await read({ workspace, with: { ...GOOD, ...given } });
  return { summary, imageDefinitions, workspace };
}

describe('the file of an ECS deployment', () => {
  it.each([
    ['nothing', {}],
    ['blank values', { ecsContainerName: ' ', imageDefinitionsFile: '' }],
  ])('is not written with %s, whatever is there', async (_, given) => {
    expect(await resultsOf(given, { 'imagedefinitions.json': '{' })).toMatchObject({
      summary: true,
      imageDefinitions: undefined,
    });
  });

  it.each(['broken.json', 'imagedefinitions.json', '../images.json'])(
    'needs the name of a container: %s',
    async (imageDefinitionsFile) => {
      expect(await problemOf(() => resultsOf({ imageDefinitionsFile }, { 'broken.json': '{' }))).toEqual({
        code: 'input-missing',
        message: 'ecsContainerName: no value is given, and imageDefinitionsFile would be written for a container.',
        hint: 'Set it to the name that the container has in the task definition.',
      });
    },
  );

  it.each([
    ['has a name', {}, 'imagedefinitions.json'],
    ['may have another one', { imageDefinitionsFile: 'deploy/prod.json' }, 'deploy/prod.json'],
    ['may go up and down', { imageDefinitionsFile: 'a/../b.json' }, 'b.json'],
  ])('%s', async (_, given, path) => {
    const { imageDefinitions, workspace } = await resultsOf({ ...given, ecsContainerName: 'web-1_A' });
    expect(imageDefinitions).toEqual({ container: 'web-1_A', path: join(workspace, path), entries: [] });
  });

  it('may be anywhere when its path is absolute', async () => {
    const path = join(await makeDirectory(), 'images.json');
    const { imageDefinitions } = await resultsOf({ ecsContainerName: 'web', imageDefinitionsFile: path });
    expect(imageDefinitions?.path).toBe(path);
  });

  it.each([
    ['entries', JSON.stringify([OTHER, { name: 'web' }]), [OTHER, { name: 'web' }]],
    ['no entries', '[]\n', []],
  ])('keeps %s', async (_, text, entries) => {
    const { imageDefinitions } = await resultsOf({ ecsContainerName: 'web' }, { 'imagedefinitions.json': text });
    expect(imageDefinitions?.entries).toEqual(entries);
  });

  it.each([
    ['broken', '[{"name":'],
    ['empty', ''],
    ['an object', '{"name":"web"}'],
    ['a text', '"web"'],
    ['a list of something else', '[1,null]'],
    ['a list whose entries have no name', '[{"nme":"web"}]'],
    ['null', 'null'],
  ])('is refused when it is %s', async (_, text) => {
    expect(await problemOf(() => resultsOf({ ecsContainerName: 'web' }, { 'imagedefinitions.json': text }))).toEqual({
      code: 'input-invalid',
      message:
        'imageDefinitionsFile: "imagedefinitions.json" is there and is no JSON array of containers, each with its name.',
      hint: 'Correct or remove it: [{"name": "web", "imageUri": "…"}].',
    });
  });

  it.each(['../images.json', 'a/../../images.json'])('is not %s', async (imageDefinitionsFile) => {
    expect(await problemOf(() => resultsOf({ ecsContainerName: 'web', imageDefinitionsFile }))).toEqual({
      code: 'path-outside',
      message: `imageDefinitionsFile: "${imageDefinitionsFile}" leaves the workspace.`,
      hint: 'Use a path inside of it, or an absolute path.',
    });
  });

  it.each([
    ['a file', 'images.json'],
    ['a directory', 'deploy/images.json'],
  ])('is not behind a link of %s that leads outside', async (_, imageDefinitionsFile) => {
    const outside = await makeDirectory({ 'images.json': '[]' });
    const workspace = await makeDirectory(DOCKERFILE);
    await symlink(join(outside, 'images.json'), join(workspace, 'images.json'));
    await symlink(outside, join(workspace, 'deploy'));
    const given = { ...GOOD, ecsContainerName: 'web', imageDefinitionsFile };
    expect((await problemOf(() => read({ workspace, with: given }))).code).toBe('path-outside');
  });

  it.each([
    ['a directory', 'deploy'],
    ['below a file', 'Dockerfile/images.json'],
  ])('is not %s', async (_, imageDefinitionsFile) => {
    const workspace = await makeDirectory(DOCKERFILE);
    await mkdir(join(workspace, 'deploy'));
    const given = { ...GOOD, ecsContainerName: 'web', imageDefinitionsFile };
    expect(await problemOf(() => read({ workspace, with: given }))).toMatchObject({
      code: 'path-unreadable',
      message: `imageDefinitionsFile: "${imageDefinitionsFile}" cannot be read.`,
    });
  });
});

describe('the container', () => {
  it.each(['web app', 'web.app', 'a/b', 'é', '$(id)', 'a'.repeat(256)])('is not %j', async (ecsContainerName) => {
    expect(await problemOf(() => resultsOf({ ecsContainerName }))).toMatchObject({
      code: 'input-invalid',
      message: `ecsContainerName: "${ecsContainerName}" is not the name of a container.`,
    });
  });

  it('may have 255 characters', async () => {
    const { imageDefinitions } = await resultsOf({ ecsContainerName: 'a'.repeat(255) });
    expect(imageDefinitions?.container).toHaveLength(255);
  });
});

it.each([
  ['', true],
  ['false', false],
  ['True', true],
])('summary: %j', async (value, summary) => {
  expect((await resultsOf({ summary: value })).summary).toBe(summary);
});
