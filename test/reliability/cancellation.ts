import type { Area, Replacement } from './row.ts';

const FILE = 'cancellation.test.ts';

/** The step does not look whether it was cancelled. */
const DEAF: Replacement = {
  file: 'src/main.ts',
  from: 'untilCancelled(buildAndPush({ ...masks, commands, inputs, runner, env, step, signal, http }), signal)',
  to: 'buildAndPush({ ...masks, commands, inputs, runner, env, step, signal, http })',
};
/** The build goes on when the step was cancelled. */
const UNTOLD: Replacement = {
  file: 'src/buildkit/build.ts',
  from: `    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  signal.addEventListener`,
  to: `    stdio: ['ignore', 'pipe', 'pipe'],
  });
  AbortSignal.any([]).addEventListener`,
};
/** What the step has started is not looked for. */
const ORPHANS: Replacement = {
  file: 'src/machine/clients.ts',
  from: 'await stopAll(() => findClients(scratch));',
  to: 'void [stopAll, findClients, scratch];',
};
const UNAWARE: Replacement = {
  file: 'src/post.ts',
  from: 'await endStep(step).catch((error: unknown) => warn(messageOf(error)));',
  to: 'void endStep;',
};

/** A tag that is put is waited for. */
const PUT_TO_THE_END = {
  file: 'src/registry/tags.ts',
  from: 'await unlessCancelled(put, signal).catch(',
  to: 'await put().catch(',
};

export const area: Area = {
  title: 'Cancelled jobs',
  rows: [
    {
      fault: 'Cancelled while BuildKit is downloaded from a server that does not answer',
      outcome: 'The step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in the download leaves nothing: cancelled' },
      mutant: DEAF,
    },
    {
      fault: 'Cancelled while AWS does not answer the login',
      outcome: 'The step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in the login leaves nothing: cancelled' },
      mutant: DEAF,
    },
    {
      fault: 'Cancelled while the program of `credential_process` hangs',
      outcome: 'The program ends with the step.',
      test: { file: FILE, name: 'in a program that gives the credentials leaves nothing: cancelled' },
      mutant: {
        file: 'src/machine/step.ts',
        from: 'markPrograms(basename(own.directory));',
        to: 'void [markPrograms, basename(own.directory)];',
      },
    },
    {
      fault: 'Cancelled while a Git server does not answer',
      outcome: 'Git ends, the directory of the clone is empty again, the token is gone.',
      test: { file: 'clone-faults.test.ts', name: 'a step that is cancelled' },
      mutant: {
        file: 'src/git/checkout.ts',
        from: 'await emptyDirectory(directory).catch(() => undefined);',
        to: 'void emptyDirectory;',
      },
    },
    {
      fault: 'Cancelled while the daemon does not come up',
      outcome: 'The step ends by itself as `build-cancelled`; post ends the daemon.',
      test: { file: FILE, name: 'in the start of the daemon leaves nothing: cancelled' },
      mutant: { file: 'src/machine/dispose.ts', from: 'await stop(daemon, privilege);', to: 'void stop;' },
    },
    {
      fault: 'Cancelled in a RUN that ignores signals',
      outcome: 'The build stops, and the step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in a RUN that ignores signals leaves nothing: cancelled' },
      mutant: [DEAF, UNTOLD],
    },
    {
      fault: 'Cancelled while the registry does not answer the push',
      outcome: 'The step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in the push leaves nothing: cancelled' },
      mutant: [DEAF, UNTOLD],
    },
    {
      fault: 'Cancelled while the registry does not answer the export of the cache',
      outcome: 'The step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in the export of the cache leaves nothing: cancelled' },
      mutant: [DEAF, UNTOLD],
    },
    {
      fault: 'Cancelled while nobody reads the file of an export (`outputs`)',
      outcome: 'The step ends by itself as `build-cancelled`; post leaves nothing.',
      test: { file: FILE, name: 'in the export to a file leaves nothing: cancelled' },
      mutant: [DEAF, UNTOLD],
    },
    {
      fault: 'Cancelled while the image waits for its scan',
      outcome: 'The step ends by itself as `build-cancelled`, and no tag is put.',
      test: { file: FILE, name: 'in the wait for a scan leaves nothing, and puts no tag: cancelled' },
      mutant: [
        DEAF,
        {
          file: 'src/scan.ts',
          from: 'await unlessCancelled(scanning, signal).catch(',
          to: 'await scanning().catch(',
        },
      ],
    },
    {
      fault: 'Killed right after SIGINT, while Git waits for its server',
      outcome: 'Post ends Git and removes its login.',
      test: { file: FILE, name: 'in the clone leaves nothing: killed' },
      mutant: ORPHANS,
    },
    {
      fault: 'Killed right after SIGINT, while a daemon elsewhere builds',
      outcome: 'Post ends the client, and with it the build on the other machine.',
      test: { file: FILE, name: 'in a build elsewhere ends it there: killed' },
      mutant: [ORPHANS, UNTOLD],
    },
    {
      fault: 'No signal reaches the step in its login, as in a `container:` job',
      outcome: 'Post ends the step as the runner would, then takes down what it has begun.',
      test: { file: FILE, name: 'in the login leaves nothing: unaware' },
      mutant: UNAWARE,
    },
    {
      fault: 'No signal reaches the step in its download',
      outcome: 'Post ends the step as the runner would, then takes down what it has begun.',
      test: { file: FILE, name: 'in the download leaves nothing: unaware' },
      mutant: UNAWARE,
    },
    {
      fault: 'No signal reaches the step in a RUN that ignores signals',
      outcome: 'Post ends step, build and daemon.',
      test: { file: FILE, name: 'in a RUN that ignores signals leaves nothing: unaware' },
      mutant: UNAWARE,
    },
    {
      fault: 'A merge is cancelled while AWS does not answer its login',
      outcome: 'It ends by itself as `build-cancelled`, and leaves no file and no process.',
      test: { file: 'merge-cancelled.test.ts', name: 'a merge in the login leaves nothing: cancelled' },
      mutant: {
        file: 'src/merge.ts',
        from: 'await untilCancelled(runMerge(env, mask, signal), signal).catch(',
        to: 'await runMerge(env, mask, signal).catch(',
      },
    },
    {
      fault: 'A merge is cancelled while the registry does not answer the writing of its tag',
      outcome: 'It ends by itself as `build-cancelled`, and leaves no file and no process.',
      test: { file: 'merge-cancelled.test.ts', name: 'a merge in the writing of the tag leaves nothing: cancelled' },
      mutant: [
        {
          file: 'src/merge.ts',
          from: 'await untilCancelled(runMerge(env, mask, signal), signal).catch(',
          to: 'await runMerge(env, mask, signal).catch(',
        },
        PUT_TO_THE_END,
      ],
    },
    {
      fault: 'A merge is cancelled while the program of `credential_process` hangs',
      outcome: 'The program ends with the merge, which has no post.',
      test: { file: 'merge-cancelled.test.ts', name: 'ends the program that gives its credentials' },
      mutant: { file: 'src/merge.ts', from: 'await stopMarked(name);', to: 'void stopMarked;' },
    },
    {
      fault: 'Cancelled between two names of a push',
      outcome: 'The error tells of each name whether it is this image, another one, or not there.',
      test: { file: 'cancelled-push.test.ts', name: 'a push that is cancelled between two names tells what each is' },
      mutant: { file: 'src/cancellation.ts', from: 'throw isCancellation(ended) ? ended : error;', to: 'throw error;' },
    },
    {
      fault: 'Cancelled while the registry answers neither the push nor what is asked about it',
      outcome: 'The step waits a second, and says which names cannot be read.',
      test: {
        file: 'cancelled-push.test.ts',
        name: 'a push that is cancelled while the registry answers nothing ends all the same',
      },
      mutant: {
        file: 'src/registry/arrival.ts',
        from: 'PATIENCE_CANCELLED = 1_000',
        to: 'PATIENCE_CANCELLED = 10_000',
      },
    },
    {
      fault: 'Cancelled in the pause before a push is repeated',
      outcome: 'The error tells what each name is.',
      test: {
        file: 'cancelled-push.test.ts',
        name: 'a push that is cancelled before it is repeated tells what each name is',
      },
      mutant: {
        file: 'src/repeat.ts',
        from: 'throw new FailedBuild(cancelledStep(), error);',
        to: 'throw cancelledStep();',
      },
    },
    {
      fault: 'Cancelled while ECR does not answer about the scan',
      outcome: 'The error tells where the image is, which has no tag.',
      test: { file: 'cancelled-push.test.ts', name: 'a scan that is cancelled tells where the image is' },
      mutant: { file: 'src/scan.ts', from: 'throw await withNames(refusal, pushed);', to: 'throw refusal;' },
    },
    {
      fault: 'A merge is cancelled between two names',
      outcome: 'The error tells what each name is.',
      test: { file: 'cancelled-push.test.ts', name: 'a merge that is cancelled between two names tells what each is' },
      mutant: PUT_TO_THE_END,
    },
    {
      fault: 'Cancelled while a daemon elsewhere builds with the token of the runner (`cache: gha`)',
      outcome: 'The record of the build, which has the token, is deleted there.',
      test: {
        file: 'secrets-elsewhere.test.ts',
        name: 'a BuildKit elsewhere remembers no token of the runner of a build that was cancelled',
      },
      mutant: {
        file: 'src/buildkit/build.ts',
        from: 'await forgetBuild({ plan, client, ref, isCancelled: signal.aborted });',
        to: 'void forgetBuild;',
      },
    },
    {
      fault: 'SIGINT and SIGTERM come again while the step ends',
      outcome: 'It takes down what it has begun all the same.',
      test: { file: 'post.test.ts', name: 'takes down what it has begun all the same' },
      mutant: { file: 'src/entry/guard.ts', from: 'process.on(signal,', to: 'process.once(signal,' },
    },
  ],
};
