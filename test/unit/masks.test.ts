import { expect, it } from 'vitest';
import { openMasks } from '../../src/masks.ts';

it.each([
  ['a value', 'fake  secret', 'a fake  secret b', 'a *** b'],
  ['each of its lines', 'fake-one\r\nfake-two\n', 'x fake-two y fake-one', 'x *** y ***'],
  ['the longest first', 'fake-one\nfake-one-and-more', 'fake-one-and-more', '***'],
  ['nothing for what is too short to be one', 'a\n', 'a banana', 'a banana'],
  ['what has a meaning in a replacement', "fake$&'", "x fake$&'", 'x ***'],
])('takes out %s', (_, secret, text, hidden) => {
  const told: string[] = [];
  const { mask, hide } = openMasks((one) => told.push(one));
  expect(hide(text)).toBe(text);
  mask(secret);
  expect(told).toEqual([secret]);
  expect(hide(text)).toBe(hidden);
});
