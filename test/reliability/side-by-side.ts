import type { Area } from './row.ts';

const FILE = 'side-by-side.test.ts';

/** A new daemon has the name of an earlier one with the same fingerprint. */
const SAME_NAME = {
  file: 'src/machine/daemon-scratch.ts',
  from: "${randomBytes(OWN_DIGITS / 2).toString('hex')}",
  to: "${randomBytes(OWN_DIGITS / 2).toString('hex').replace(/./g, '0')}",
};

export const area: Area = {
  title: 'Jobs at the same time',
  rows: [
    {
      fault: 'Eight jobs at once on one machine',
      outcome: 'Each has a daemon of its own and pushes its own image; each post ends its own daemon.',
      test: { file: FILE, name: 'eight jobs at once, each with its own root, do not disturb each other' },
      mutant: [
        {
          file: 'src/buildkit/daemon.ts',
          from: 'const parts = [jobId, programs.directory,',
          to: 'const parts = [jobId.slice(0, 0), programs.directory,',
        },
        SAME_NAME,
      ],
    },
    {
      fault: 'A job goes on after its step was killed, while another run takes away what that step has left',
      outcome: 'The new daemon of the job has another name, and stays.',
      test: { file: 'leftovers.test.ts', name: 'keeps its new daemon while another run takes the old one away' },
      mutant: SAME_NAME,
    },
    {
      fault: 'Eight jobs at once share one `buildkitRoot`',
      outcome: 'Each takes a slot of its own, nobody waits, and all slots are free afterwards.',
      test: { file: FILE, name: 'eight jobs at once that share a root have a slot each' },
      mutant: [
        { file: 'src/buildkit/launch.ts', from: '  flock -n 9 || exit ${TAKEN}\n', to: '' },
        {
          file: 'src/machine/slots.ts',
          from: "const wait = patience === 0 ? ['-n'] : ['-w', String(patience)];",
          to: "const wait = patience === 0 ? ['-s', '-n'] : ['-w', String(patience)];",
        },
      ],
    },
    {
      fault: 'Eight jobs at once share an empty tool cache',
      outcome: 'Each downloads and verifies; who comes second finds what is there and uses it.',
      test: { file: FILE, name: 'eight jobs at once that share an empty tool cache all get BuildKit' },
      mutant: {
        file: 'src/buildkit/tool-cache.ts',
        from: `  try {
    await rename(beside, target);
  } catch {`,
        to: `  await rename(beside, target);
  if (target === '') {`,
      },
    },
  ],
};
