import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRaw } from '../../src/inputs/grammar.ts';
import { isText, readTextOrFile } from '../../src/inputs/texts.ts';
import { problemOf } from './failures.ts';
import { makeDirectory } from './job.ts';

/** Reads an input that has this value. */
function readValue(workspace: string, value: string) {
  return readTextOrFile(readRaw({ INPUT_SETTINGS: value }), 'settings', { workspace });
}

describe('a value', () => {
  it.each(['{}', '[1]', '[default]', 'a\nb', '\n', '-----BEGIN CERTIFICATE-----', '{'])('%j is a text', (value) => {
    expect(isText(value)).toBe(true);
  });

  it.each(['', 'a', 'a/b.json', '/a/b.json', 'a{}', 'a[0]', '----BEGIN', ' {}', 'a -----BEGIN'])(
    '%j is the path of a file',
    (value) => {
      expect(isText(value)).toBe(false);
    },
  );
});

describe('a text or a file', () => {
  it.each([
    ['nothing', '', undefined],
    ['blanks', ' \n\t', undefined],
    ['a text in one line', ' {"a":1}\n', '{"a":1}'],
    ['a text in several lines', 'a:\r\n  b\n', 'a:\r\n  b'],
    ['a text that is also the name of a file', '{}', '{}'],
    ['a file', 'deploy/a.json', '{"a":2}\n'],
    ['a file, the long way', './deploy/../deploy/a.json', '{"a":2}\n'],
    ['a file with a byte order mark', 'marked.json', '{"a":3}'],
    ['an empty file', 'empty.json', ''],
    ['a file with a blank in its name', 'deploy/a b.json', '[]'],
    ['a file behind a link', 'link.json', '{"a":2}\n'],
  ])('%s', async (_, value, text) => {
    const workspace = await makeDirectory({
      'deploy/a.json': '{"a":2}\n',
      'marked.json': '\uFEFF{"a":3}',
      'empty.json': '',
      'deploy/a b.json': '[]',
      '{}': 'the file',
    });
    await symlink('deploy/a.json', join(workspace, 'link.json'));
    expect(await readValue(workspace, value)).toBe(text);
  });

  it('may be anywhere when its path is absolute', async () => {
    const elsewhere = await makeDirectory({ 'a.json': '{}' });
    expect(await readValue(await makeDirectory(), join(elsewhere, 'a.json'))).toBe('{}');
  });
});

describe('a value that is neither', () => {
  it.each([
    ['a word', 'fake-secret'],
    ['a path that is not there', 'deploy/fake-secret.json'],
    ['an absolute path that is not there', '/fake-secret/a.json'],
    ['a path that leaves the workspace to nowhere', '../fake-secret/a.json'],
    ['a path below a file', 'file.json/fake-secret'],
    ['a directory', 'deploy'],
    ['a link to nothing', 'nothing.json'],
    ['something long', 'fake-secret'.repeat(1000)],
    ['a character that no path has', 'fake-secret\0'],
  ])('is not shown: %s', async (_, value) => {
    const workspace = await makeDirectory({ 'file.json': '{}' });
    await mkdir(join(workspace, 'deploy'));
    await symlink('fake-secret', join(workspace, 'nothing.json'));
    expect(await problemOf(() => readValue(workspace, value))).toEqual({
      code: 'path-unreadable',
      message: 'settings: the value is neither a text nor the path of an existing file. It is not shown here.',
      hint: 'Give the text itself, which has several lines or starts with {, [ or -----BEGIN, or a path relative to the workspace.',
    });
  });
});

describe('a file outside of the workspace', () => {
  it.each([
    ['a relative path', '../a.json', 'the workspace'],
    ['a link', 'link.json', 'the workspace, through a link'],
  ])('is not read by %s', async (_, value, left) => {
    const place = await makeDirectory({ 'a.json': '{}', 'work/b.json': '{}' });
    const workspace = join(place, 'work');
    await symlink(join(place, 'a.json'), join(workspace, 'link.json'));
    expect(await problemOf(() => readValue(workspace, value))).toEqual({
      code: 'path-outside',
      message: `settings: "${value}" leaves ${left}.`,
      hint: 'Use a path inside of it, or an absolute path such as ${{ github.workspace }}/app.',
    });
  });
});
