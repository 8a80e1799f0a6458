import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { excerptLines, findFailedInstruction, readExcerpt } from '../../../src/buildkit/excerpt.ts';

function sample(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/buildkit/${name}.txt`, import.meta.url), 'utf8');
}

describe('captured output of BuildKit', () => {
  it.each([
    ['stderr/failing-run', 'Dockerfile.fail', 3, 5],
    ['stderr/syntax-error', 'Dockerfile.syntax', 2, 2],
    ['errors/copy-missing', 'Dockerfile', 2, 2],
    ['errors/base-image-not-found', 'Dockerfile', 1, 1],
    ['errors/syntax-frontend-offline', 'Dockerfile', 1, 1],
    ['errors/secret-required-missing', 'Dockerfile', 2, 2],
    ['errors/exec-format-error', 'Dockerfile', 3, 3],
    ['errors/failing-heredoc', 'Dockerfile', 2, 6],
    ['errors/failing-crlf', 'Dockerfile', 3, 4],
  ])('%s names lines', async (name, file, start, end) => {
    expect(readExcerpt(await sample(name))).toMatchObject({ file, start, end });
  });

  it.each([
    'errors/target-missing',
    'errors/dockerfile-empty',
    'errors/add-checksum',
    'errors/check-error',
    'stderr/push-denied',
    'stderr/build',
    'daemon/sigkill-daemon',
  ])('%s names none', async (name) => {
    expect(readExcerpt(await sample(name))).toBeUndefined();
  });
});

const BLOCK = ['Dockerfile:1', '-'.repeat(20), '   1 |     FROM a', '   2 | >>> RUN b', '   3 |     ', '-'.repeat(20)];

describe('an excerpt', () => {
  it.each([
    [
      'is the innermost of several',
      [...BLOCK, ...BLOCK.map((line) => line.replace('Dockerfile', 'other')), 'error: x'],
      'Dockerfile',
    ],
    [
      'may have a name with colons and blanks',
      [...BLOCK.map((line) => line.replace('Dockerfile', 'a b:2')), 'error: x'],
      'a b:2',
    ],
    ['comes before a reason of several lines', [...BLOCK, 'error: a', 'error: b'], 'Dockerfile'],
    ['comes before what a policy says', [...BLOCK, 'policy deny: no', 'error: b'], 'Dockerfile'],
  ])('%s', (_, lines, file) => {
    expect(readExcerpt(lines.join('\n'))).toMatchObject({ file, start: 2, end: 2 });
  });

  it.each([
    ['what a step has printed', [...BLOCK, '------', 'error: x']],
    ['lines without marks', [...BLOCK.map((line) => line.replace('>>>', '   ')), 'error: x']],
    ['what comes without an error', BLOCK],
    ['half of one', [...BLOCK.slice(2), 'error: x']],
  ])('is not %s', (_, lines) => {
    expect(readExcerpt(lines.join('\n'))).toBeUndefined();
  });

  it('is shown with its marks', async () => {
    const found = readExcerpt(await sample('stderr/failing-run'));
    expect(found === undefined ? [] : excerptLines(found, 'web/Dockerfile')).toEqual([
      'The build failed at web/Dockerfile, lines 3 to 5:',
      '    2 |     WORKDIR /w',
      '    3 | >>> RUN echo before && \\',
      '    4 | >>>     echo "about to fail" >&2 && \\',
      '    5 | >>>     exit 42',
      '    6 |',
    ]);
  });

  it('is cut, and shows nothing that a terminal or the runner would obey', () => {
    const lines = Array.from({ length: 50 }, (_, at) => ({
      number: at + 1,
      text: `\u001b[31m##[error]${'x'.repeat(500)}`,
      isMarked: true,
    }));
    const shown = excerptLines({ file: '##[error]', lines, start: 1, end: 50 });
    expect(shown).toHaveLength(22);
    expect(shown.at(-1)).toBe('      | … and 30 more lines');
    expect(shown.join('\n')).not.toMatch(/##\[|\p{Cc}(?<!\n)/u);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(220);
  });
});

describe('a step that failed without an excerpt', () => {
  const ADD = 'ADD --checksum=sha256:0 http://a.example/b /x';
  const step = (name: string, error?: string) => ({
    digest: name,
    name,
    inputs: [],
    started: undefined,
    completed: undefined,
    cached: false,
    error,
    transfers: [],
  });
  const find = (name: string, text: string) =>
    findFailedInstruction([step('[1/2] FROM a'), step(name, 'no')], { file: 'D', text });

  it.each([
    ['in one line', `FROM a\n# ${ADD}\n${ADD}\n`, 3, 3],
    ['in several', `FROM a\nADD \\\n  --checksum=sha256:0 \\\n\n  http://a.example/b /x\nRUN c`, 2, 5],
    ['on Windows', `FROM a\r\n${ADD}\r\n`, 2, 2],
  ])('is looked for in the Dockerfile: %s', (_, text, start, end) => {
    expect(find(`[build 2/2] ${ADD}`, text)).toMatchObject({ file: 'D', start, end });
  });

  it.each([
    ['it stands there twice', `[2/2] ${ADD}`, `FROM a\n${ADD}\n${ADD}\n`],
    ['it reads otherwise', `[2/2] ${ADD}`, 'FROM a\nADD --checksum=sha256:0 http://$HOST/b /x\n'],
    ['it is an export', 'exporting to image', `FROM a\n${ADD}\n`],
  ])('is nowhere when %s', (_, name, text) => {
    expect(find(name, text)).toBeUndefined();
  });
});
