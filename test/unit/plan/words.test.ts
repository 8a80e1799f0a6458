import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord, splitWords } from '../../../src/plan/words.ts';

/** The words that a real shell makes of a text without anything that it would expand, or undefined when it refuses. */
function wordsOfShell(text: string): string[] | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `set -f; set -- ${text}\nprintf '%s\\0' "$#" "$@"`], {
    encoding: 'utf8',
  });
  const [count, ...words] = stdout.split('\0').slice(0, -1);
  return status === 0 && count !== undefined ? words.slice(0, Number(count)) : undefined;
}

describe('words', () => {
  it('are those of a real shell, whatever quotes and backslashes there are', () => {
    const piece = fc.constantFrom('a', 'é', ' ', '\t', "'", '"', '\\', '\\\n', '=', ',', '""', "''", '\\$', '\\"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const expected = wordsOfShell(text);
        // A shell would go on to the next line where a text ends in the middle of something.
        fc.pre(expected !== undefined && !text.endsWith('\\'));
        expect(splitWords(text)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a quote that is open', `a 'b`, "'"],
    ['another one', `a "b\\"`, '"'],
    ['a backslash at the end', 'a\\', 'backslash'],
  ])('have no end in %s', (_, text, said) => {
    expect(() => splitWords(text)).toThrow(said);
  });

  it('come back from what was quoted, alone and side by side', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words);
      }),
    );
  });
});
