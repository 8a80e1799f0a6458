import type { Area } from './row.ts';

const FILE = 'crashes.test.ts';

export const area: Area = {
  title: 'Crashes of the action itself',
  rows: [
    {
      fault: 'The step is killed before any one of its effects: each file that it writes, each program that it starts',
      outcome: 'Post takes down what was made until then: its state is saved before each effect.',
      test: { file: FILE, name: 'a step that crashes between any two of its effects is taken down by its post' },
      mutant: {
        file: 'src/machine/scratch.ts',
        from: '  await removeMomentary(directory);\n',
        to: '  void removeMomentary;\n',
      },
    },
    {
      fault: 'The step is killed right after any one of its effects, and post does not run',
      outcome: 'The next run on the machine takes down what was made until then.',
      test: { file: FILE, name: 'a step that crashes between any two of its effects is taken down by the next run' },
      mutant: {
        file: 'src/machine/scratch.ts',
        from: `    if (await isMakerGone(directory, maker)) {
      // What cannot be removed is no reason to leave all others.
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    }
    return [];`,
        to: '    return [];',
      },
    },
    {
      fault: 'Post is killed before any one of its effects',
      outcome: 'The next run on the machine takes down the rest.',
      test: { file: FILE, name: 'a post that crashes between any two of its effects is done again by the next run' },
      mutant: {
        file: 'src/machine/scratch.ts',
        from: `    if (await isMakerGone(directory, maker)) {
      // What cannot be removed is no reason to leave all others.
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    }
    return [];`,
        to: '    return [];',
      },
    },
  ],
};
