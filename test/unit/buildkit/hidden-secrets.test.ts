import { expect, it } from 'vitest';
import { hideSecrets } from '../../../src/buildkit/hidden-secrets.ts';

it.each([
  ['a value', 'fake  secret', 'a fake  secret b', 'a *** b'],
  ['each of its lines', 'fake-one\r\nfake-two\n', 'x fake-two y fake-one', 'x *** y ***'],
  ['the longest first', 'fake-one\nfake-one-and-more', 'fake-one-and-more', '***'],
  ['nothing for what is too short to be one', 'a\n', 'a banana', 'a banana'],
  ['what has a meaning in a replacement', "fake$&'", "x fake$&'", 'x ***'],
])('takes out %s', (_, value, output, hidden) => {
  expect(hideSecrets(output, [{ id: 'a', value }])).toBe(hidden);
  expect(hideSecrets(output, [{ id: 'a', path: '/x' }])).toBe(output);
});
