import { describe, expect, it } from 'vitest';
import { formatCacheUse, formatDuration, formatSize } from '../../../src/report/format.ts';

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1050, '1.1 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [1_000_000, '1.0 MB'],
    [92_882_168, '92.9 MB'],
    [999_999_999, '1.0 GB'],
    [1_000_000_000, '1.0 GB'],
    [1_000_000_000_000, '1.0 TB'],
    [1_500_000_000_000_000, '1500.0 TB'],
  ])('of %i bytes is %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0.0 s'],
    [49, '0.0 s'],
    [120, '0.1 s'],
    [1000, '1.0 s'],
    [9_940, '9.9 s'],
    [9_951, '10 s'],
    [9_999, '10 s'],
    [10_000, '10 s'],
    [12_345, '12 s'],
    [59_499, '59 s'],
    [59_600, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [185_000, '3 min 5 s'],
    [3_599_600, '60 min 0 s'],
  ])('of %i ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('what came from the cache', () => {
  it.each([
    [0, 4, '0 of 4 steps'],
    [3, 4, '3 of 4 steps'],
    [4, 4, '4 of 4 steps'],
    [0, 0, 'no steps'],
  ])('%i of %i is "%s"', (cached, cacheable, text) => {
    expect(formatCacheUse({ cached, cacheable })).toBe(text);
  });
});
