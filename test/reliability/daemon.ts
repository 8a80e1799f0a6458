import type { Area } from './row.ts';

const LOST = 'daemon-lost.test.ts';
const STUCK = 'daemon-stuck.test.ts';
const FLEET = 'fleet-lost.test.ts';

const TROUBLE = 'src/buildkit/daemon-trouble.ts';

/** A daemon is taken over without a look at it. */
const TAKEN = {
  file: 'src/buildkit/daemon.ts',
  from: 'const running = await findReady(scratch);',
  to: 'const running = await readDaemonProcess(scratch.directory);',
};
const UNWATCHED = {
  file: 'src/leg.ts',
  from: 'const watch = watchMachine(isThere);',
  to: 'const watch = watchMachine(async () => true);',
};

export const area: Area = {
  title: 'The daemon in trouble',
  rows: [
    {
      fault: 'The daemon is killed during a `RUN`',
      outcome:
        'The step fails with `daemon-lost`: what was at work, that it was not for want of memory, the last lines of its log. Nothing is left after post.',
      test: { file: LOST, name: 'lost during a RUN: killed' },
      mutant: {
        file: 'src/leg.ts',
        from: 'const diagnosed = await diagnose(error, watch.gone.aborted);',
        to: 'const diagnosed = error;',
      },
    },
    {
      fault: 'The daemon ends by itself, with the stacks of all that it does',
      outcome: 'The last lines are those before the stacks, and what it has ended for.',
      test: { file: LOST, name: 'lost during a RUN: ending by itself' },
      mutant: {
        file: 'src/buildkit/daemon-log.ts',
        from: 'const end = all.findLastIndex((line) => END.test(line));',
        to: 'const end = -1;',
      },
    },
    {
      fault: 'The daemon is killed while it pushes',
      outcome: 'The step fails with `daemon-lost`, and says that the export was at work.',
      test: { file: LOST, name: 'lost during the push' },
      mutant: { file: 'src/buildkit/errors.ts', from: "code: 'daemon-lost',", to: "code: 'build-failed'," },
    },
    {
      fault: 'The daemon is killed while it exports the cache',
      outcome: 'The step fails, and names the image with its digest, which is in the registry already.',
      test: { file: LOST, name: 'lost during the export of the cache' },
      mutant: {
        file: TROUBLE,
        from: 'const there = record.steps.flatMap(pushed);',
        to: 'const there: string[] = [];',
      },
    },
    {
      fault: 'The daemon is killed in a step with a secret in its name',
      outcome: 'What the error repeats has `***` in its place.',
      test: { file: LOST, name: 'shows none of the secrets' },
      mutant: {
        file: TROUBLE,
        from: 'clip(printable(hide(name)), 200)',
        to: 'clip(printable(name), 200)',
      },
    },
    {
      fault: 'The daemon is killed between two steps of a job',
      outcome: 'The next step starts another one.',
      test: { file: 'daemon.test.ts', name: 'that died is replaced by the next step' },
      mutant: TAKEN,
    },
    {
      fault: 'The daemon does not start',
      outcome: 'The step fails with `daemon-not-started` and its last lines, and nothing of it stays.',
      test: { file: 'daemon.test.ts', name: 'that does not start shows its last lines' },
      mutant: {
        file: 'src/buildkit/daemon.ts',
        from: 'const lines = lastLogLines(log);',
        to: 'const lines: string[] = [];',
      },
    },
    {
      fault: 'The daemon hangs at its start',
      outcome: 'The step fails with `daemon-not-started` after 30 s, and post ends it.',
      test: { file: STUCK, name: 'from its very start' },
      mutant: {
        file: 'src/buildkit/daemon.ts',
        from: 'const START_TIMEOUT = 30_000;',
        to: 'const START_TIMEOUT = 3_000_000;',
      },
    },
    {
      fault: 'The daemon is stopped (SIGSTOP) in the middle of a build',
      outcome:
        'After three questions without an answer the step fails with `daemon-stuck`, what was at work, and its last lines; post ends the daemon.',
      test: { file: STUCK, name: 'ends the step when it has given no answer for long' },
      mutant: UNWATCHED,
    },
    {
      fault: 'The daemon gives no answer for a while, as one that has much to do',
      outcome: 'It is waited for, and the build succeeds.',
      test: { file: STUCK, name: 'but only for a while, is waited for' },
      mutant: { file: 'src/buildkit/watch.ts', from: 'const LOOKS = 3;', to: 'const LOOKS = 1;' },
    },
    {
      fault: 'The daemon is stopped between two steps of a job',
      outcome: 'The next step ends it and starts another one.',
      test: { file: STUCK, name: 'is replaced by the next step' },
      mutant: TAKEN,
    },
    {
      fault: 'A daemon elsewhere is killed in the middle of a build, and there is another address',
      outcome: 'The build is begun again at the other address, with a warning.',
      test: { file: FLEET, name: 'are passed over when they are killed' },
      mutant: {
        file: 'src/buildkit/remote.ts',
        from: 'next: others.length === 0 ? undefined : () => openFirst(others, { ...options, problems: [] }),',
        to: 'next: undefined,',
      },
    },
    {
      fault: 'A daemon elsewhere falls silent in the middle of a build, as a machine without power does',
      outcome: 'After three looks without an answer the build is begun again at the other address.',
      test: { file: FLEET, name: 'are passed over when they fall silent' },
      mutant: UNWATCHED,
    },
    {
      fault: 'The only daemon elsewhere is killed in the middle of a build',
      outcome: 'The step fails with `daemon-lost`, the address, and what was at work.',
      test: { file: FLEET, name: 'fail the step when there is no other' },
      mutant: { file: 'src/buildkit/errors.ts', from: "code: 'daemon-lost',", to: "code: 'build-failed'," },
    },
    {
      fault: 'The only daemon of one of several platforms is killed',
      outcome: 'The step fails, and the error names the platform and the address.',
      test: { file: FLEET, name: 'are named with their platform' },
      mutant: {
        file: TROUBLE,
        from: 'The BuildKit daemon at ${place} has gone',
        to: 'The BuildKit daemon has gone',
      },
    },
    {
      fault: 'Some daemons elsewhere are down before the build',
      outcome: 'Each is passed over with a warning, while one answers.',
      test: { file: 'fleet.test.ts', name: 'pass over those that are down' },
      mutant: {
        file: 'src/buildkit/remote.ts',
        from: 'return openFirst(others, { ...options, problems: [...problems, answer] });',
        to: 'throw answer;',
      },
    },
    {
      fault: 'A daemon elsewhere takes the connection and says nothing',
      outcome: 'The step fails with `daemon-unreachable` within seconds.',
      test: { file: 'remote-refused.test.ts', name: 'takes connections and says nothing at' },
      mutant: {
        file: 'src/buildkit/remote.ts',
        from: "const why = error.killed ? `no answer after ${ANSWER_TIMEOUT / 1000} s` : '';",
        to: "const why = '';",
      },
    },
    {
      fault: 'Nobody answers at the address of a daemon elsewhere',
      outcome: 'The step fails with `daemon-unreachable`, and says what was tried.',
      test: { file: 'remote-refused.test.ts', name: 'nobody answers at, within seconds' },
      mutant: {
        file: 'src/buildkit/connection-errors.ts',
        from: '/connection refused|no such file or directory|i\\/o timeout',
        to: '/no such file or directory|i\\/o timeout',
      },
    },
  ],
};
