import { describe, expect, it } from 'vitest';
import { countIds, printedIds, subordinateIds } from '../../../src/plan/subordinate-ids.ts';

const RUNNER = { name: 'runner', uid: 1001 };

describe('the subordinate ids of a user', () => {
  it.each([
    ['by name', 'other:1:5\nrunner:100000:65536\n', 65_536],
    ['by uid', '1001:100000:65536', 65_536],
    ['by both, in several ranges', 'runner:100000:65536\n1001:300000:10\n', 65_546],
    ['with blanks around', '  runner:100000:65536  \r\n', 65_536],
    ['in a comment', '# runner:100000:65536', 0],
    ['of a name that begins alike', 'runner2:100000:65536', 0],
    ['with a field too many', 'runner:100000:65536:9', 0],
    ['without numbers', 'runner:many:65536\nrunner::\nrunner', 0],
    ['nowhere', '', 0],
  ])('are found %s', (_, text, count) => {
    expect(countIds(subordinateIds(text, RUNNER))).toBe(count);
  });

  it('are found by uid alone where the machine knows no name', () => {
    expect(subordinateIds('undefined:1:1\n1001:5:7', { ...RUNNER, name: undefined })).toEqual([{ first: 5, count: 7 }]);
  });

  it('are read from what getsubids prints', () => {
    expect(printedIds('0: runner 100000 65536\n1: runner 300000 10\n')).toEqual([
      { first: 100_000, count: 65_536 },
      { first: 300_000, count: 10 },
    ]);
    expect(printedIds('Error fetching ranges')).toEqual([]);
  });
});
