import { expect, it } from 'vitest';
import { parseExtraArgs } from '../../../src/plan/extra-args.ts';
import { writeSizes } from '../../../src/plan/sizes.ts';

it.each([
  ['shm-size=64m', 'shm-size=67108864'],
  ['shm-size=1G', 'shm-size=1073741824'],
  ['--opt=shm-size=2GiB', '--opt=shm-size=2147483648'],
  ['memory=1.5k', 'memory=1536'],
  ['memswap=10b', 'memswap=10'],
  ['shm-size=67108864', 'shm-size=67108864'],
  ['shm-size=much', 'shm-size=much'],
  ['build-arg:SIZE=64m', 'build-arg:SIZE=64m'],
  ['target=64m', 'target=64m'],
])('%s is written as %s', (given, expected) => {
  expect(writeSizes(['--opt', given])).toEqual(['--opt', expected]);
});

it('is done to extraArgs', () => {
  expect(parseExtraArgs('--opt shm-size=128m --opt target=a')).toEqual([
    '--opt',
    'shm-size=134217728',
    '--opt',
    'target=a',
  ]);
});
