import type { Area, Replacement } from './row.ts';

/** What others have left is not looked for. */
const UNSWEPT: Replacement = {
  file: 'src/main.ts',
  from: 'const swept = sweep(runner.temp, warn);',
  to: 'const swept = Promise.resolve();',
};

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
      mutant: UNSWEPT,
    },
    {
      fault: 'The job is killed after its step had ended, before post',
      outcome: 'The next run removes its daemon; until then, a living job keeps it.',
      test: { file: 'leftovers.test.ts', name: 'is found after the step had ended and the job was killed before post' },
      mutant: UNSWEPT,
    },
    {
      fault: 'Job and daemon are killed in the middle of a build',
      outcome: 'The next run ends the build step that is left and takes its mounts away.',
      test: { file: 'leftovers.test.ts', name: 'is removed even when the daemon was killed too' },
      mutant: { file: 'src/machine/dispose.ts', from: 'await endSteps(name, privilege);', to: 'void endSteps;' },
    },
    {
      fault: 'Job and daemon are killed where RUNNER_TEMP is a link',
      outcome: 'The next run finds the mounts by their real path.',
      test: { file: 'leftovers.test.ts', name: 'RUNNER_TEMP is a link, and the daemon was killed too' },
      mutant: {
        file: 'src/machine/dispose.ts',
        from: 'await unmountBelow([scratch.bulk, scratch.directory], privilege);',
        to: 'void unmountBelow;',
      },
    },
    {
      fault: 'The daemon is killed in the moment in which it reads from an image that it has mounted',
      outcome: 'Post unmounts that, too, and removes all.',
      test: { file: 'leftovers.test.ts', name: 'is removed by post, with what it had mounted for a moment' },
      mutant: {
        file: 'src/machine/dispose.ts',
        from: 'await unmountBelow([scratch.bulk, scratch.directory], privilege);',
        to: 'await unmountBelow([scratch.bulk], privilege);',
      },
    },
    {
      fault: 'The job is killed, and /tmp is emptied',
      outcome: 'The next job of the same runner finds the daemon by its data in RUNNER_TEMP.',
      test: { file: 'leftovers.test.ts', name: 'is found without its record, as after /tmp was emptied' },
      mutant: {
        file: 'src/machine/scratch.ts',
        from: 'return [...recorded.flat(), ...orphaned];',
        to: 'void orphaned; return recorded.flat();',
      },
    },
    {
      fault: '/tmp is emptied before post',
      outcome: 'Post finds the daemon by the directory that it works in.',
      test: { file: 'leftovers.test.ts', name: 'is found by post without its record, too' },
      mutant: [
        {
          file: 'src/machine/dispose.ts',
          from: '(await readDaemonProcess(scratch.directory)) ?? found;',
          to: 'await readDaemonProcess(scratch.directory); void found;',
        },
        { file: 'src/machine/dispose.ts', from: 'await endDaemon(scratch, privilege);', to: 'void endDaemon;' },
      ],
    },
    {
      fault: 'A run in another PID namespace shares /tmp with a job that lives',
      outcome: 'The job is left alone.',
      test: { file: 'leftovers.test.ts', name: 'is left alone by a run in another PID namespace that shares /tmp' },
      mutant: {
        file: 'src/machine/owner.ts',
        from: 'if (owner.namespace !== namespace) {',
        to: "if (owner.namespace === '') {",
      },
    },
    {
      fault: 'The saved state names a directory that is none of the action',
      outcome: 'Post does not touch it, and warns.',
      test: { file: 'leftovers.test.ts', name: 'takes nothing away that is not named as scratch' },
      mutant: {
        file: 'src/machine/dispose.ts',
        from: 'if (!isScratch(scratch)) {',
        to: 'if (!isScratch({ ...scratch }) && scratch.bulk === "") {',
      },
    },
    {
      fault: 'Job and daemon are killed while they use `buildkitRoot`',
      outcome: 'The next job takes the same slot, without the steps and mounts of the killed one.',
      test: {
        file: 'kept-root.test.ts',
        name: 'is recovered by a job that knows nothing of the killed one but the slot',
      },
      mutant: { file: 'src/machine/slots.ts', from: 'await endSteps(name, privilege);', to: 'void endSteps;' },
    },
    {
      fault: 'The daemon dies between two steps of a job',
      outcome: 'The later step starts another one.',
      test: { file: 'daemon.test.ts', name: 'that died is replaced by the next step' },
      mutant: {
        file: 'src/buildkit/daemon.ts',
        from: 'const running = await findReady(scratch);',
        to: 'const running = await readDaemonProcess(scratch.directory);',
      },
    },
  ],
};
