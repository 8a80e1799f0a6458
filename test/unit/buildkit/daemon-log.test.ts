import { expect, it } from 'vitest';
import { lastLogLines } from '../../../src/buildkit/daemon-log.ts';

it('of a program that panics, what it says is shown and no stack', () => {
  const stacks = Array.from(
    { length: 300 },
    (_, at) => `goroutine ${at} [select]:\nmain.work(0x1)\n\t/src/main.go:${at}\n`,
  );
  const log = `level=info msg=one\n\u001b[31mlevel=error msg=two\npanic: it broke\n[signal SIGSEGV]\n${stacks.join('\n')}`;
  expect(lastLogLines(log)).toEqual([
    'level=info msg=one',
    'level=error msg=two',
    'panic: it broke',
    '[signal SIGSEGV]',
  ]);
});

it('secrets are taken out, and no line, nor all of them, is too long', () => {
  const log = Array.from({ length: 30 }, (_, at) => `${at} secret ${'x '.repeat(400)}`).join('\n');
  const lines = lastLogLines(log, (text) => text.replaceAll('secret', '***'));
  expect(lines.at(-1)).toMatch(/^29 \*\*\* x /);
  expect(lines.join('\n').length).toBeLessThanOrEqual(1500);
  expect(lines.every((line) => line.length <= 300)).toBe(true);
});

it('an empty log has none', () => {
  expect(lastLogLines('')).toEqual([]);
});
