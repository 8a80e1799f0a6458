import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { type Given, makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };
const LIMIT = 500 * 1024;

/** Reads `secrets`, with what was masked. */
async function readSecrets(
  secrets: string,
  { env = {}, files = {} }: Pick<Given, 'env'> & { files?: Record<string, string> },
) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n', ...files });
  const masked: string[] = [];
  const mask = (secret: string) => masked.push(secret);
  const { build } = await read({ workspace, with: { ...GOOD, secrets }, env, mask });
  return { secrets: build.secrets, masked, workspace };
}

describe('a secret', () => {
  it.each([
    ['npm=fake-token', 'npm', 'fake-token'],
    ['npm=fake=token==', 'npm', 'fake=token=='],
    ['npm="fake, token" é', 'npm', '"fake, token" é'],
    ['npm=text:fake-token', 'npm', 'fake-token'],
    ['npm=text:env:FAKE', 'npm', 'env:FAKE'],
    ['npm=text:text:fake', 'npm', 'text:fake'],
    ['npm=https://fake:secret@a.example', 'npm', 'https://fake:secret@a.example'],
    ['npm=ENV:FAKE', 'npm', 'ENV:FAKE'],
    ['A.b_c-1=fake', 'A.b_c-1', 'fake'],
    ['npm=# fake', 'npm', '# fake'],
    ['npm=env:FAKE', 'npm', ' fake\nvalue, "quoted" '],
  ])('%j', async (entry, id, value) => {
    const { secrets, masked } = await readSecrets(entry, { env: { FAKE: ' fake\nvalue, "quoted" ' } });
    expect(secrets).toEqual([{ id, value }]);
    expect(masked).toEqual([value]);
  });

  it('may be in a file of the workspace, which is masked without its last line break', async () => {
    const { secrets, masked, workspace } = await readSecrets('npm=file:a/b=c', { files: { 'a/b=c': 'fake-token\n' } });
    expect(secrets).toEqual([{ id: 'npm', path: join(workspace, 'a/b=c') }]);
    expect(masked).toEqual(['fake-token']);
  });

  it('may be in a file anywhere', async () => {
    const path = join(await makeDirectory({ npmrc: 'fake-token' }), 'npmrc');
    expect((await readSecrets(`npm=file:${path}`, {})).secrets).toEqual([{ id: 'npm', path }]);
  });

  it.each([
    ['value', `npm=env:FAKE`, { env: { FAKE: 'x'.repeat(LIMIT) } }],
    ['file', 'npm=file:big', { files: { big: 'x'.repeat(LIMIT) } }],
  ])('may have 500 KiB: %s', async (_, entry, given) => {
    expect((await readSecrets(entry, given)).secrets).toHaveLength(1);
  });

  it('may be one of several, between comments', async () => {
    expect((await readSecrets('# the first\na=1fake\n\nb=2fake', {})).secrets).toEqual([
      { id: 'a', value: '1fake' },
      { id: 'b', value: '2fake' },
    ]);
  });
});

describe('a secret that is not there', () => {
  const FILES = { 'dir/x': '', empty: '', big: 'x'.repeat(LIMIT + 1) };
  it.each([
    ['npm=', 'it is empty'],
    ['npm=text:', 'it is empty'],
    ['npm=env:GONE', 'the variable GONE is not set'],
    ['npm=env:EMPTY', 'the variable EMPTY is empty'],
    ['npm=env:', 'the variable  is not set'],
    ['npm=env:BIG', 'it is larger than 500 KiB'],
    ['npm=file:gone', 'there is no file "gone"'],
    ['npm=file:', 'there is no file ""'],
    ['npm=file:dir', 'there is no file "dir"'],
    ['npm=file:/no/such/file', 'there is no file "/no/such/file"'],
    ['npm=file:empty', 'the file "empty" is empty'],
    ['npm=file:big', 'the file "big" is larger than 500 KiB'],
  ])('%j', async (entry, reason) => {
    const env = { EMPTY: '', BIG: 'x'.repeat(LIMIT + 1) };
    expect(await problemOf(() => readSecrets(entry, { env, files: FILES }))).toEqual({
      code: 'secret-unavailable',
      message: `secrets: "npm" cannot be given to the build: ${reason}.`,
      hint: 'Write id=value, id=env:NAME or id=file:PATH. A secret that is not set for this repository arrives empty.',
    });
  });

  it.each(['npm=file:../x', 'npm=file:dir/../../x'])('and leaves the workspace: %s', async (entry) => {
    expect((await problemOf(() => readSecrets(entry, { files: FILES }))).code).toBe('path-outside');
  });
});

describe('a secret without an id', () => {
  it.each(['fake-line-of-a-key', 'ZmFrZS9r+ZXk/==', '=fake', 'fake key=x', 'fake/path=x', '-----BEGIN FAKE KEY-----'])(
    'is not shown: %s',
    async (entry) => {
      const problem = await problemOf(() => readSecrets(entry, {}));
      expect(problem.code).toBe('pair-malformed');
      expect(problem.message).toMatch(/^secrets: an entry cannot be read: /);
      expect(JSON.stringify(problem)).not.toMatch(/fake|ZmFr|BEGIN/i);
    },
  );
});

it('secrets are masked also when another input is bad', async () => {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  const masked: string[] = [];
  const given = { ...GOOD, secrets: 'npm=fake-token', gitToken: 'fake-git-token', summary: 'maybe' };
  const mask = (secret: string) => masked.push(secret);
  expect((await problemOf(() => read({ workspace, with: given, mask }))).code).toBe('input-invalid');
  expect(masked).toEqual(expect.arrayContaining(['fake-token', 'fake-git-token']));
});
