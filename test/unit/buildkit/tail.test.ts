import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keepTail } from '../../../src/buildkit/tail.ts';

function tailOf(limit: number, ...chunks: readonly string[]): string {
  const tail = keepTail(limit);
  for (const chunk of chunks) {
    tail.add(Buffer.from(chunk));
  }
  return tail.text();
}

it.each([
  ['nothing', [], ''],
  ['little', ['ab', 'cd'], 'abcd'],
  ['up to twice the limit', ['abcd', 'efgh'], 'abcdefgh'],
  ['one byte more', ['abcd', 'efgh', 'i'], 'fghi'],
  ['one long chunk', ['abcdefghijkl'], 'ijkl'],
  ['more after a cut', ['abcdefghi', 'jk', 'lmn'], 'klmn'],
  ['empty chunks', ['', 'ab', ''], 'ab'],
])('keeps %s', (_, chunks, text) => {
  expect(tailOf(4, ...chunks)).toBe(text);
});

it('joins a character that came in two chunks', () => {
  const tail = keepTail(100);
  for (const byte of Buffer.from('é€')) {
    tail.add(Buffer.from([byte]));
  }
  expect(tail.text()).toBe('é€');
});

it('is read while more comes', () => {
  const tail = keepTail(4);
  tail.add(Buffer.from('a'));
  expect(tail.text()).toBe('a');
  tail.add(Buffer.from('b'));
  expect(tail.text()).toBe('ab');
});

it('is an end of everything, at least as long as the limit and at most twice', () => {
  const chunk = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(chunk), (limit, chunks) => {
      const all = chunks.join('');
      const text = tailOf(limit, ...chunks);
      expect(all.endsWith(text)).toBe(true);
      expect(text.length).toBeGreaterThanOrEqual(Math.min(limit, all.length));
      expect(text.length).toBeLessThanOrEqual(2 * limit);
    }),
  );
});
