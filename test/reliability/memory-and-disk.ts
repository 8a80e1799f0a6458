import type { Area } from './row.ts';

const MEMORY = 'out-of-memory.test.ts';
const DISK = 'disk-full.test.ts';
const RUNNER_DISK = 'disk-full-runner.test.ts';

const TROUBLE = 'src/buildkit/daemon-trouble.ts';

/** What BuildKit tells by itself where control groups are of version 2. */
const UNTOLD = { file: 'src/buildkit/errors.ts', from: "code: 'out-of-memory',", to: "code: 'build-failed'," };
const UNLOOKED = {
  file: TROUBLE,
  from: '(await outOfSpace(error, patient)) ?? killedStep(error, kills)',
  to: 'killedStep(error, kills)',
};
export const area: Area = {
  title: 'Memory and disk',
  rows: [
    {
      fault: 'The kernel kills the daemon for want of memory',
      outcome: 'The step fails with `out-of-memory`, from what the kernel has counted and logged.',
      test: { file: MEMORY, name: 'is told from one that something else kills' },
      mutant: {
        file: TROUBLE,
        from: "kills?.own?.some(({ program }) => program === 'buildkitd') ?? (kills?.count ?? 0) > 0",
        to: 'false',
      },
    },
    {
      fault: 'The kernel kills a `RUN` for want of memory',
      outcome: 'The step fails with `out-of-memory`, and names the program that was killed.',
      test: { file: MEMORY, name: 'is told from others that are killed' },
      mutant: [UNTOLD, { file: TROUBLE, from: '?? killedStep(error, kills)', to: '?? undefined' }],
    },
    {
      fault: 'The kernel kills a command of a `RUN` that ends with an exit code of its own',
      outcome: 'The step fails with `out-of-memory` all the same.',
      test: { file: MEMORY, name: 'whatever its own exit code is' },
      mutant: [
        UNTOLD,
        {
          file: TROUBLE,
          from: 'const isOfMemory = kills.own === undefined ? isKilled : kills.own.length > 0;',
          to: 'const isOfMemory = isKilled;',
        },
      ],
    },
    {
      fault: 'The kernel kills a `RUN` for want of memory where its log may not be read',
      outcome: 'The step fails with `out-of-memory`, from what the kernel has counted.',
      test: { file: MEMORY, name: 'where the log of the kernel may not be read' },
      mutant: [
        UNTOLD,
        { file: TROUBLE, from: 'kills.own === undefined ? isKilled :', to: 'kills.own === undefined ? false :' },
      ],
    },
    {
      fault: 'Something else than the kernel kills a `RUN` (exit code 137)',
      outcome: 'The step fails with `build-failed`, and says that it was not for want of memory.',
      test: { file: MEMORY, name: 'that something else kills is not blamed on the memory' },
      mutant: {
        file: TROUBLE,
        from: 'return isKilled ? new Failure({ code: error.code, message: error.message, hint, cause: error }) : undefined;',
        to: 'return undefined;',
      },
    },
    {
      fault: "A `RUN` fills the daemon's disk",
      outcome: 'The step fails with `disk-full`: path, size and what is free. Everything is unmounted and removed.',
      test: { file: DISK, name: 'during a RUN that says so with an exit code of its own' },
      mutant: UNLOOKED,
    },
    {
      fault: "A `COPY` does not fit on the daemon's disk",
      outcome: 'The step fails with `disk-full`, as above.',
      test: { file: DISK, name: 'during a COPY of what is too large' },
      mutant: UNLOOKED,
    },
    {
      fault: "A base image does not fit on the daemon's disk",
      outcome: 'The step fails with `disk-full`, as above.',
      test: { file: DISK, name: 'during the unpacking of a base image' },
      mutant: UNLOOKED,
    },
    {
      fault: "The layers that are packed for the push do not fit on the daemon's disk",
      outcome: 'The step fails with `disk-full`, as above.',
      test: { file: DISK, name: 'during the push, for which layers are packed' },
      mutant: UNLOOKED,
    },
    {
      fault: 'A `RUN` fills a small file system of its own',
      outcome: 'The step fails with `build-failed`: no disk of the machine is blamed.',
      test: { file: DISK, name: 'is not what a command means' },
      mutant: {
        file: TROUBLE,
        from: 'isCertain: !isOfCommand && daemon !== undefined',
        to: 'isCertain: daemon !== undefined',
      },
    },
    {
      fault: 'BuildKit does not fit into the tool cache',
      outcome: 'The step fails with `disk-full`, and names the tool cache.',
      test: { file: RUNNER_DISK, name: 'when BuildKit is put into the tool cache' },
      mutant: {
        file: 'src/main.ts',
        from: 'return await namingFullDisks(places, build);',
        to: 'return await build();',
      },
    },
    {
      fault: 'The disk of the tool cache is full in the middle of a copy into it',
      outcome: 'No half of BuildKit stays there.',
      test: { file: RUNNER_DISK, name: 'where no half of it stays' },
      mutant: {
        file: 'src/buildkit/tool-cache.ts',
        from: '      await rm(beside, { recursive: true, force: true });\n      throw error;',
        to: '      throw error;',
      },
    },
    {
      fault: 'The download of BuildKit does not fit into `RUNNER_TEMP`',
      outcome: 'The step fails with `disk-full`, and the half of it is removed.',
      test: { file: RUNNER_DISK, name: 'when BuildKit is downloaded' },
      mutant: {
        file: 'src/main.ts',
        from: 'return await namingFullDisks(places, build);',
        to: 'return await build();',
      },
    },
    {
      fault: 'A clone does not fit into the workspace',
      outcome: 'The step fails with `disk-full`, and what was cloned is removed.',
      test: { file: RUNNER_DISK, name: 'when a repository is cloned' },
      mutant: [
        {
          file: 'src/git/checkout.ts',
          from: 'return await namingFullDisks([directory], async () => {',
          to: 'return await (async () => {',
        },
        { file: 'src/git/checkout.ts', from: '      return commit;\n    });', to: '      return commit;\n    })();' },
      ],
    },
    {
      fault: 'An exported image does not fit into the workspace',
      outcome: 'The step fails with `disk-full`, and names the file.',
      test: { file: RUNNER_DISK, name: 'when an image is written into the workspace' },
      mutant: UNLOOKED,
    },
    {
      fault: '`/tmp` is full',
      outcome: 'The step fails with `disk-full` before anything is done.',
      test: { file: RUNNER_DISK, name: 'when the step makes its private files' },
      mutant: [
        {
          file: 'src/machine/step.ts',
          from: 'await namingFullDisks([own.directory], async () => {',
          to: 'await (async () => {',
        },
        {
          file: 'src/machine/step.ts',
          from: '    await mkdir(dockerConfig, { mode: 0o700 });\n  });',
          to: '    await mkdir(dockerConfig, { mode: 0o700 });\n  })();',
        },
      ],
    },
  ],
};
