import type { Area, Replacement } from './row.ts';

const FILE = 'cache-failures.test.ts';

/** A cache that cannot be written ends the build. */
const STRICT: Replacement = { file: 'src/plan/cache.ts', from: "  'ignore-error': 'true',\n", to: '' };

export const area: Area = {
  title: 'Build cache',
  rows: [
    {
      fault: 'The cache may not be written',
      outcome: 'The image is complete, and a warning says why the cache is not.',
      test: { file: FILE, name: 'an export that is denied is a warning, and the image is complete' },
      mutant: STRICT,
    },
    {
      fault: 'The registry limits requests while the cache is written',
      outcome: 'The same.',
      test: { file: FILE, name: 'an export that is throttled is a warning, and the image is complete' },
      mutant: STRICT,
    },
    {
      fault: 'The registry does not take the manifest of the cache',
      outcome: 'The same.',
      test: { file: FILE, name: 'an export that is refused is a warning, and the image is complete' },
      mutant: STRICT,
    },
    {
      fault: 'The tags of the repository are immutable',
      outcome: 'The cache is only read, and a notice shows the two ways out.',
      test: { file: 'cache-immutable.test.ts', name: 'is not exported to, and the notice shows both ways out' },
      mutant: {
        file: 'src/cache.ts',
        from: 'isMutable(reference, facts) !== false',
        to: 'isMutable(reference, facts) !== undefined',
      },
    },
  ],
};
