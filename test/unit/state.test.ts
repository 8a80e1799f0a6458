import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatState, parseState, STATE_NAME } from '../../src/state.ts';

const SCRATCH = fc.array(fc.record({ directory: fc.string({ unit: 'binary' }), bulk: fc.string() }));
const STEP = fc.option(
  fc.record({ pid: fc.nat(), start: fc.string(), boot: fc.string(), namespace: fc.string({ unit: 'binary' }) }),
  { nil: undefined },
);

it('comes back as it was saved', () => {
  fc.assert(
    fc.property(SCRATCH, STEP, (scratch, step) => {
      const saved = formatState({ step, scratch });
      expect(parseState(saved)).toEqual({ step, scratch });
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
  expect(parseState(text)).toEqual({ step: undefined, scratch: [] });
});

it('keeps only what has both paths', () => {
  const good = { directory: '/fake/a', bulk: '/fake/b' };
  const saved = JSON.stringify({ scratch: [good, 7, null, '/fake/c', { directory: '/fake/d' }, { ...good, more: 1 }] });
  expect(parseState(saved)).toEqual({ step: undefined, scratch: [good, good] });
});

it('names no step that cannot be told from another one', () => {
  const step = { pid: 1, start: '2', boot: 'b', namespace: 'n' };
  for (const key of ['pid', 'start', 'boot', 'namespace']) {
    const saved = JSON.stringify({ step: { ...step, [key]: undefined }, scratch: [] });
    expect(parseState(saved).step).toBeUndefined();
  }
});
