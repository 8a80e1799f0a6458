import { describe, expect, it } from 'vitest';
import { pauseBefore } from '../../../src/plan/repeat.ts';

describe('the pause before a build is repeated', () => {
  it.each([
    [0, 0, 1_500],
    [0, 1, 2_500],
    [1, 0.5, 4_000],
    [2, 0.5, 8_000],
    [3, 0.5, 16_000],
    [4, 0, 24_000],
    [4, 1, 40_000],
  ])('after %i repetitions, with chance %d, is %i ms', (repeats, random, pause) => {
    expect(pauseBefore('wait', { repeats, elapsed: 0 }, random)).toBe(pause);
  });

  it('is none after five repetitions', () => {
    expect(pauseBefore('wait', { repeats: 5, elapsed: 0 }, 0.5)).toBeUndefined();
  });

  it('is none when five minutes would be over after it', () => {
    expect(pauseBefore('wait', { repeats: 1, elapsed: 296_000 }, 0.5)).toBe(4_000);
    expect(pauseBefore('wait', { repeats: 1, elapsed: 296_001 }, 0.5)).toBeUndefined();
  });

  it('is nothing for a new token, once, and none after the second', () => {
    expect(pauseBefore('login', { repeats: 0, elapsed: 0 }, 0.5)).toBe(0);
    expect(pauseBefore('login', { repeats: 1, elapsed: 0 }, 0.5)).toBe(4_000);
    expect(pauseBefore('login', { repeats: 2, elapsed: 0 }, 0.5)).toBeUndefined();
  });
});
