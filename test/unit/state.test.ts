import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatState, parseState, STATE_NAME } from '../../src/state.ts';

it('comes back as it was saved', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ directory: fc.string({ unit: 'binary' }), bulk: fc.string() })), (scratch) => {
      const saved = formatState({ scratch });
      expect(parseState(saved)).toEqual({ scratch });
      expect(saved).not.toContain('\n');
    }),
  );
});

it('has a name that a variable may have', () => {
  expect(STATE_NAME).toBe('cleanup');
});

it.each([
  ['nothing', undefined],
  ['a blank value', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['a number', '7'],
  ['an array', '["/fake"]'],
  ['another shape', '{"scratch":"/fake"}'],
  ['an object for the array', '{"scratch":{"0":"/fake"}}'],
  ['another key', '{"directories":["/fake"]}'],
])('is empty for %s', (_, text) => {
  expect(parseState(text)).toEqual({ scratch: [] });
});

it('keeps only what has both paths', () => {
  const good = { directory: '/fake/a', bulk: '/fake/b' };
  const saved = JSON.stringify({ scratch: [good, 7, null, '/fake/c', { directory: '/fake/d' }, { ...good, more: 1 }] });
  expect(parseState(saved)).toEqual({ scratch: [good, good] });
});
