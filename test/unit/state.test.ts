import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatState, parseState, STATE_NAME } from '../../src/state.ts';

it('comes back as it was saved', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (scratch) => {
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

it('keeps only what is a path', () => {
  expect(parseState('{"scratch":["/fake/a",7,null,["/fake/b"],"/fake/c"]}')).toEqual({
    scratch: ['/fake/a', '/fake/c'],
  });
});
