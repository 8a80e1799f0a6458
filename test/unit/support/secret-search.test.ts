import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, prose } from '../../../src/report/markdown.ts';
import { watchProcesses } from '../../support/process-watch.ts';
import { runProgram } from '../../support/program-run.ts';
import { readRunnerLog } from '../../support/runner-log.ts';
import { openSecretSearch } from '../../support/secret-search.ts';

const HARD = `fake+/%"'&<$>\\\`=| !0123456789`;
const LONG = `fake-long-${'0123456789abcdef'.repeat(8)}-end-of-it`;
const LINES = '-----BEGIN FAKE KEY-----\nfirst/line+of==it\nsecond line "of" it\n-----END FAKE KEY-----\n';
const search = openSecretSearch({ hard: HARD, long: LONG, lines: LINES });
const secretsIn = (text: string | Uint8Array) => [...new Set(search.inTexts({ text }).map(({ secret }) => secret))];

/** Written by programs where there is one, so that the forms are not only compared with themselves. */
const shell = (script: string) => execFileSync('sh', ['-c', script], { input: HARD });
const user = (length: number) => 'u'.repeat(length);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a secret', () => {
  it.each<[string, string | Uint8Array]>([
    ['as it is', `x${HARD}y`],
    ['at the begin', HARD],
    ['reversed', [...`a${HARD}b`].reverse().join('')],
    ['hexadecimal', shell('od -An -v -tx1 | tr -d " \\n"')],
    ['upper-case hexadecimal', Buffer.from(HARD).toString('hex').toUpperCase()],
    ['base64', shell('base64 -w 0')],
    ...[1, 2, 3, 4, 5].map((n): [string, string] => [`base64 after ${n} bytes`, base64(`${user(n)}${HARD}${user(n)}`)]),
    ['base64url in a larger text', Buffer.from(`{"a":"${HARD}"}`).toString('base64url')],
    ['percent-encoded', encodeURIComponent(HARD)],
    ['in the address of a URL', new URL(`https://user:${encodeURIComponent(HARD)}@example.com/`).href],
    ['in a form', new URLSearchParams({ password: HARD }).toString()],
    ['JSON', JSON.stringify({ a: [HARD] })],
    ['JSON in JSON', JSON.stringify({ a: JSON.stringify([HARD]) })],
    ['quoted by the shell', execFileSync('bash', ['-c', 'printf %q "$1"', 'bash', HARD])],
    ['quoted in a shell', `'${HARD.replaceAll("'", `'\\''`)}'`],
    [
      'HTML',
      HARD.replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&apos;'),
    ],
    ['HTML of the summary', html(HARD)],
    ['Markdown of the summary', prose(HARD)],
    ['an error of the runner', `::error::${HARD.replaceAll('%', '%25')}`],
    ['UTF-16', Buffer.from(HARD, 'utf16le')],
  ])('is found %s', (_, text) => {
    expect(secretsIn(text)).toEqual(['hard']);
  });

  it.each([
    ['its begin', LONG.slice(0, 30)],
    ['its middle', LONG.slice(50, 100)],
    ['its end', LONG.slice(-20)],
    ['its end in base64', base64(`AWS:${LONG}`).slice(-30)],
  ])('is found by %s', (_, text) => {
    expect(secretsIn(text)).toEqual(['long']);
  });

  it('is found by each of its lines, and not by the frame of a key', () => {
    expect(secretsIn('first/line+of==it')).toEqual(['lines']);
    expect(secretsIn(base64('x second line "of" it'))).toEqual(['lines']);
    expect(secretsIn('-----BEGIN FAKE KEY-----')).toEqual([]);
  });

  it('is not found where it is not', () => {
    expect(secretsIn(`${HARD.slice(0, -1)}x fake-lon 0123456789 ${base64('another text')}`)).toEqual([]);
  });
});

describe('files', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bka-search-'));
    await mkdir(join(directory, 'deep/er'), { recursive: true });
    await writeFile(join(directory, 'deep/er/plain'), `a\n${HARD}\n`);
    await writeFile(join(directory, 'deep/layer.gz'), gzipSync(`a${HARD}`));
    await writeFile(join(directory, 'deep/layer.zst'), zstdCompressSync(Buffer.from(`a${HARD}`)));
    await writeFile(join(directory, LONG.slice(0, 40)), '');
    await symlink(`/nowhere/${LONG}`, join(directory, 'link'));
    await writeFile(join(directory, 'broken.gz'), Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00]));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are read as they are and unpacked, with their names and links', async () => {
    const found = await search.inFiles([directory, join(directory, 'deep/er/plain'), join(directory, 'missing')]);
    expect([...new Set(found.map(({ place }) => place.slice(directory.length + 1)))].toSorted()).toEqual(
      ['deep/er/plain', 'deep/layer.gz', 'deep/layer.zst', LONG.slice(0, 40), 'link'].toSorted(),
    );
  });
});

describe('the output of a step', () => {
  it('is masked from the line on that registers a secret, with each of its lines', () => {
    const { raw, shown, mask } = readRunnerLog(
      ['early one', '::add-mask::one%0Atwo', 'one two', '::error title=two::x %25 one'].join('\n'),
    );
    expect(shown).toBe('early one\n*** ***\nerror *** x % ***');
    expect(raw).not.toContain('add-mask');
    expect(mask('two')).toBe('***');
  });

  it('has no masks where commands are stopped', () => {
    const { raw, shown } = readRunnerLog('::stop-commands::token\n::add-mask::secret\n::token::\nsecret');
    expect(raw).toContain('::add-mask::secret');
    expect(shown).toContain('secret');
  });
});

describe('a process', () => {
  it('is seen with its arguments and variables', async () => {
    const command = ['sh', '-c', 'sleep 0.1; true', LONG];
    const { processes } = await watchProcesses(() =>
      runProgram(command, { env: { SECRET: HARD, PATH: process.env.PATH ?? '' } }),
    );
    const [own] = processes.filter(({ argv }) => argv.includes(LONG));
    expect(own?.environment).toContain(`SECRET=${HARD}`);
  });
});
