import { describe, expect, it } from 'vitest';
import { clip, clipMiddle, printable } from '../../../src/report/printable.ts';
import { runnerCommands } from '../../support/runner-commands.ts';

describe('a line of a build', () => {
  it.each([
    ['plain text', 'a b\tc ä 😀', 'a b\tc ä 😀'],
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['a title of a terminal', '\u001b]0;title\u0007text', 'text'],
    ['movements of the cursor', 'a\u001b[2K\u001b[1Gb', 'ab'],
    ['a NUL', 'a\0b', 'a␀b'],
    ['a carriage return', 'a\rb', 'a␍b'],
    ['an escape alone', 'a\u001b', 'a␛'],
    ['other control characters', 'a\u007fb\u0085c', 'a␡b\ufffdc'],
    ['a line separator', 'a\u2028b', 'a\ufffdb'],
    ['text that runs backwards', 'a\u202eb', 'a\ufffdb'],
    ['half a character', 'a\ud83d', 'a\ufffd'],
    ['colons', 'a::b::c', 'a::b::c'],
  ])('shows %s', (_, line, shown) => {
    expect(printable(line)).toBe(shown);
  });

  it.each([
    '::error::x',
    ' \t::error title=a::x',
    '\u00a0::error::x',
    '##[error]x',
    'a ##[error]x ##[error]y',
    '#\u001b[0m#[error]x',
    '###[error]x',
    '\u001b[0m::error::x',
    'a\r::error::x\r##[error]y',
  ])('is no command: %j', (line) => {
    expect(runnerCommands(line).length).toBeGreaterThan(line.includes('\u001b') ? -1 : 0);
    expect(runnerCommands(printable(line))).toEqual([]);
  });
});

describe('a long text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['ab cd', 4, 'ab …'],
    ['ab cd', 3, 'ab…'],
    ['ab "cd"', 6, 'ab "…'],
    ['a=fake-secret', 8, '…'],
    ['a 😀b', 4, 'a …'],
  ])('%s is cut to %i', (text, length, shown) => {
    expect(clip(text, length)).toBe(shown);
  });

  it('is cut in its middle', () => {
    expect(clipMiddle('a'.repeat(10), 10)).toBe('a'.repeat(10));
    expect(clipMiddle('aa aa aa aa bb bb bb bb', 13)).toBe('aa aa … bb bb');
    expect(clipMiddle('aa aa aaaaaaaaaabbbbbbbbb bb bb', 15)).toBe('aa aa  …  bb bb');
  });
});
