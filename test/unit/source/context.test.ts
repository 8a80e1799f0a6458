import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findContext } from '../../../src/source/context.ts';
import { problemOf } from '../failures.ts';
import { makeDirectory } from '../job.ts';

function sourceAt(path: string) {
  return { path, name: 'the workspace', place: '' };
}

const RELATIVE = 'Give the path of the Dockerfile relative to pathToContext.';

describe('a Dockerfile that is missing', () => {
  it.each([
    ['nothing like it', { 'app/main.txt': '' }, ''],
    ['another name', { 'app/Dockerfile.prod': '', 'app/main.txt': '' }, ' Found there: Dockerfile.prod.'],
    [
      'several names',
      { 'app/web.Dockerfile': '', 'app/Containerfile': '', 'app/dockerfile': '' },
      ' Found there: Containerfile, dockerfile, web.Dockerfile.',
    ],
    [
      'files further down',
      { 'app/a/Dockerfile': '', 'app/a/b/Dockerfile': '', 'app/a/b/c/Dockerfile': '' },
      ' Found there: a/Dockerfile, a/b/Dockerfile.',
    ],
    ['files that belong to others', { 'app/node_modules/Dockerfile': '', 'app/main.txt': '' }, ''],
  ])('with %s beside it', async (_, files, found) => {
    const workspace = await makeDirectory(files);
    const options = { source: sourceAt(workspace), pathToContext: 'app', dockerfile: 'Dockerfile' };
    expect(await problemOf(() => findContext(options))).toEqual({
      code: 'dockerfile-missing',
      message: `dockerfile: "Dockerfile" is not in the build context (pathToContext "app").${found}`,
      hint: RELATIVE,
    });
  });

  it('names at most ten', async () => {
    const names = Array.from({ length: 12 }, (_, index) => [`Dockerfile.${index}`, '']);
    const workspace = await makeDirectory(Object.fromEntries(names));
    const { message } = await problemOf(() =>
      findContext({ source: sourceAt(workspace), pathToContext: '.', dockerfile: 'Dockerfile' }),
    );
    expect(message.match(/Dockerfile\.\d+/g)).toHaveLength(10);
  });

  it('but exists in the workspace, has an absolute path', async () => {
    const workspace = await makeDirectory({ 'app/main.txt': '', 'docker/Dockerfile': '' });
    const options = { source: sourceAt(workspace), pathToContext: 'app', dockerfile: 'docker/Dockerfile' };
    expect((await problemOf(() => findContext(options))).hint).toBe(
      'The workspace has that path, but dockerfile is relative to the context: write ${{ github.workspace }}/docker/Dockerfile.',
    );
  });

  it('but exists in a clone, has an absolute path too', async () => {
    const path = await makeDirectory({ 'app/main.txt': '', 'docker/Dockerfile': '' });
    const source = { path, name: 'source, the directory of the clone', place: 'source' };
    const options = { source, pathToContext: 'app', dockerfile: 'docker/Dockerfile' };
    expect((await problemOf(() => findContext(options))).hint).toBe(
      'Source, the directory of the clone has that path, but dockerfile is relative to the context: write ${{ github.workspace }}/source/docker/Dockerfile.',
    );
  });

  it('because it is a directory, is said so', async () => {
    const workspace = await makeDirectory({ 'docker/Dockerfile': '' });
    const problem = await problemOf(() =>
      findContext({ source: sourceAt(workspace), pathToContext: '.', dockerfile: 'docker' }),
    );
    expect(problem).toEqual({
      code: 'dockerfile-missing',
      message:
        'dockerfile: "docker" is no file in the build context (pathToContext "."). Found there: docker/Dockerfile.',
      hint: RELATIVE,
    });
  });
});

describe('a context that is missing', () => {
  it.each([
    ['in a workspace with files', { 'main.txt': '' }, 'Give a directory relative to the workspace.'],
    [
      'in an empty workspace',
      {},
      'The workspace is empty: put a step with actions/checkout before this one, or give gitCloneUrl.',
    ],
  ])('%s', async (_, files, hint) => {
    const workspace = await makeDirectory(files);
    const options = { source: sourceAt(workspace), pathToContext: 'app', dockerfile: 'Dockerfile' };
    expect(await problemOf(() => findContext(options))).toEqual({
      code: 'context-missing',
      message: 'pathToContext: "app" is not in the workspace.',
      hint,
    });
  });

  it('with its workspace', async () => {
    const workspace = join(await makeDirectory(), 'no-such-directory');
    const options = { source: sourceAt(workspace), pathToContext: '.', dockerfile: 'Dockerfile' };
    expect((await problemOf(() => findContext(options))).code).toBe('context-missing');
  });
});
