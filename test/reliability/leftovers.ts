import type { Area } from './row.ts';

export const area: Area = {
  title: 'Jobs that are killed',
  rows: [
    {
      fault: 'The job is killed in the middle of a build',
      outcome: 'The next run on the machine ends daemon and build step, and removes their files and mounts.',
      test: {
        file: 'leftovers.test.ts',
        name: 'is found and removed by the next run: killed in the middle of a build',
      },
      mutant: {
        file: 'src/main.ts',
        from: 'const swept = sweep(runner.temp, warn);',
        to: 'const swept = Promise.resolve();',
      },
    },
  ],
};
