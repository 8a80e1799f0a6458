import type { Area } from './row.ts';

const FILE = 'post.test.ts';

export const area: Area = {
  title: 'Post that is held up',
  rows: [
    {
      fault: 'The daemon is stopped (SIGSTOP) and answers to nothing',
      outcome: 'It is killed after some seconds, and nothing stays.',
      test: { file: FILE, name: 'ends a daemon that is stopped and answers to nothing' },
      mutant: [
        {
          file: 'src/machine/dispose.ts',
          from: "    { signals: ['KILL'], wait: 2_000 },\n",
          to: '',
        },
        { file: 'src/machine/dispose.ts', from: 'await endDaemon(scratch, privilege);', to: 'void endDaemon;' },
      ],
    },
    {
      fault: 'The data of the daemon take too long to remove',
      outcome: 'Post ends within 20 s with a warning that names them; the next run removes them.',
      test: { file: FILE, name: 'names what it could not remove in time' },
      mutant: [
        {
          file: 'src/machine/dispose.ts',
          from: "await runAs(privilege, ['rm', '-rf', '--', scratch.bulk], left());",
          to: "await runAs(privilege, ['rm', '-rf', '--', scratch.bulk]);",
        },
        {
          file: 'src/machine/dispose.ts',
          from: 'await Promise.race([work, late]);',
          to: 'await Promise.race([work, late.catch(() => work)]);',
        },
      ],
    },
    {
      fault: 'A program hangs that unmounts what a killed daemon has left',
      outcome: 'Post ends within 20 s with a warning; the next run unmounts and removes it.',
      test: { file: FILE, name: 'does not wait for an umount that hangs' },
      mutant: [
        {
          file: 'src/machine/leftovers.ts',
          from: "await runAs(privilege, ['umount', '-l', '--', ...paths], PATIENCE);",
          to: "await runAs(privilege, ['umount', '-l', '--', ...paths]);",
        },
        {
          file: 'src/machine/dispose.ts',
          from: 'await Promise.race([work, late]);',
          to: 'await Promise.race([work, late.catch(() => work)]);',
        },
      ],
    },
    {
      fault: 'Post gets SIGINT and SIGTERM itself',
      outcome: 'It goes on to its end.',
      test: { file: FILE, name: 'goes on when it is asked to end' },
      mutant: {
        file: 'src/entry/post.ts',
        from: 'process.on(signal, () => undefined);',
        to: 'void signal;',
      },
    },
    {
      fault: 'Post is killed while it waits for the daemon',
      outcome: 'The next run on the machine does it.',
      test: { file: FILE, name: 'that is killed in the middle is done again by the next run' },
      mutant: {
        file: 'src/main.ts',
        from: 'const swept = sweep(runner.temp, warn);',
        to: 'const swept = Promise.resolve();',
      },
    },
  ],
};
