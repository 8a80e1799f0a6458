import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPath } from '../../src/paths.ts';
import { problemOf } from './failures.ts';
import { makeDirectory } from './job.ts';

async function makeBase() {
  const place = await makeDirectory({ 'base/file': 'text', 'base/directory/file': 'text', 'beside/file': 'text' });
  const base = join(place, 'base');
  await symlink('../beside/file', join(base, 'out'));
  await symlink('directory/file', join(base, 'in'));
  await symlink('gone', join(base, 'dangling'));
  await symlink('loop', join(base, 'loop'));
  return { base, beside: join(place, 'beside') };
}

function optionsOf(base: string, path: string) {
  return { input: 'fakeInput', path, base, what: 'the base' };
}

describe('finds', () => {
  it.each([
    ['a file', 'file', 'file'],
    ['a directory', 'directory/', 'directory'],
    ['the base itself', '.', ''],
    ['the end of a link', 'in', 'directory/file'],
    ['a file after a detour', '../base/./directory/../file', 'file'],
  ])('%s', async (_, path, found) => {
    const { base } = await makeBase();
    expect(await findPath(optionsOf(base, path))).toBe(join(base, found).replace(/\/$/, ''));
  });

  it('an absolute path anywhere', async () => {
    const { base, beside } = await makeBase();
    expect(await findPath(optionsOf(base, join(beside, 'file')))).toBe(join(beside, 'file'));
  });

  it('a path below a base that is a link', async () => {
    const { base } = await makeBase();
    const link = join(await makeDirectory(), 'link');
    await symlink(base, link);
    expect(await findPath(optionsOf(link, 'directory/file'))).toBe(join(base, 'directory/file'));
  });

  it.each([
    ['a name that nothing has', 'no-such-file'],
    ['a path below a file', 'file/below'],
    ['the end of a link to nothing', 'dangling'],
    ['an absolute path', '/no-such-directory/file'],
    ['a NUL', 'fi\0le'],
    ['a name that is too long', 'a'.repeat(300)],
    ['a path that is too long', 'a/'.repeat(3000)],
  ])('nothing at %s', async (_, path) => {
    const { base } = await makeBase();
    expect(await findPath(optionsOf(base, path))).toBeUndefined();
  });
});

describe('refuses', () => {
  it.each([
    ['the way up', '..', 'the base'],
    ['a file beside the base', '../beside/file', 'the base'],
    ['a file beside the base that is not there', '../beside/no-such-file', 'the base'],
    ['a link to a file beside the base', 'out', 'the base, through a link'],
  ])('%s', async (_, path, what) => {
    const { base } = await makeBase();
    expect(await problemOf(() => findPath(optionsOf(base, path)))).toEqual({
      code: 'path-outside',
      message: `fakeInput: "${path}" leaves ${what}.`,
      hint: 'Use a path inside of it, or an absolute path such as ${{ github.workspace }}/app.',
    });
  });

  it('a link to itself', async () => {
    const { base } = await makeBase();
    const { code, hint } = await problemOf(() => findPath(optionsOf(base, 'loop')));
    expect([code, hint]).toEqual([
      'path-unreadable',
      'Change its owner or mode in an earlier step, or correct the path.',
    ]);
  });
});

describe('a value that may be a secret', () => {
  it.each([
    ['looks like a way out', '../fake/secret'],
    ['cannot be followed', 'loop/fake/secret'],
  ])('is not shown when it only %s', async (_, path) => {
    const { base } = await makeBase();
    expect(await findPath({ ...optionsOf(base, path), secret: true })).toBeUndefined();
  });

  it('is refused when it is a way out', async () => {
    const { base } = await makeBase();
    const { code } = await problemOf(() => findPath({ ...optionsOf(base, '../beside/file'), secret: true }));
    expect(code).toBe('path-outside');
  });
});
