import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord, splitWords } from '../../../src/plan/words.ts';

/** What the shell of this machine makes of a text without expansions; undefined when it refuses it. */
function shellWords(text: string): string[] | undefined {
  const script = 'set -f; eval "set -- $1" || exit 1; for word; do printf "%s\\0" "$word"; done';
  const { status, stdout } = spawnSync('sh', ['-c', script, 'sh', text], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\0').slice(0, -1) : undefined;
}

function wordsOrNone(text: string): string[] | undefined {
  try {
    return splitWords(text);
  } catch {
    return undefined;
  }
}

describe('splitting', () => {
  it('does what the shell does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '=', ' ', '\t', "'", '"', '\\'), maxLength: 20 });
    fc.assert(
      fc.property(text, (start) => {
        // A word at the end, because shells do not agree on a backslash there.
        const whole = `${start} end`;
        expect(wordsOrNone(whole)).toEqual(shellWords(whole));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['at the end of a line', 'a\\\nb', ['ab']],
    ['at the end of a line with CRLF', 'a\\\r\nb', ['ab']],
    ['at the end of a line, alone', 'a \\\n b', ['a', 'b']],
    ['at the end of a line in double quotes', '"a\\\nb"', ['ab']],
    ['at the end of a line in single quotes', "'a\\\nb'", ['a\\\nb']],
    ['before a dollar in double quotes', '"\\$a"', ['$a']],
    ['before a backtick in double quotes', '"\\`a"', ['`a']],
    ['before an apostrophe in double quotes', `"\\'a"`, ["\\'a"]],
    ['before a dollar', '\\$a', ['$a']],
  ])('keeps to the rules of a backslash %s', (_, text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each([
    ["'a", "a quote is open: '"],
    ['a "b', 'a quote is open: "'],
    [`'a' "b'`, 'a quote is open: "'],
    ['"a\\"', 'a quote is open: "'],
    ['a\\', 'it ends with a backslash'],
  ])('says what is open: %s', (text, message) => {
    expect(() => splitWords(text)).toThrow(message);
  });
});

describe('quoting', () => {
  it('is undone by the shell', () => {
    const unit = fc.constantFrom('a', ' ', '\n', "'", '"', '\\', '$', '`', '*', '~', '#', '!', '(', ';', 'é');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(shellWords(quoteWord(text))).toEqual([text]);
      }),
    );
  });

  it('is undone by splitting', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words);
      }),
    );
  });
});
