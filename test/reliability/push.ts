import type { Area, Replacement } from './row.ts';

const NEVER: Replacement = {
  file: 'src/repeat.ts',
  from: 'const wait = treatment && pauseBefore(treatment.cure, { repeats, elapsed }, Math.random());',
  to: 'const wait: number | undefined = undefined;',
};

const FILE = 'push-faults.test.ts';
const ARRIVAL = 'push-arrival.test.ts';

export const area: Area = {
  title: 'Pushing',
  rows: [
    {
      fault: 'ECR limits requests (429) while the manifest is put, longer than BuildKit waits',
      outcome: 'The build is repeated after a pause, against the same daemon; only the manifest is put again.',
      test: { file: FILE, name: 'limits requests (429) while the manifest is put' },
      mutant: NEVER,
    },
    {
      fault: 'The registry has an error of its own (500)',
      outcome: 'The same, after BuildKit itself has tried four times.',
      test: { file: FILE, name: 'has an error of its own (500) while the manifest is put' },
      mutant: NEVER,
    },
    {
      fault: 'The registry is busy (503)',
      outcome: 'The same.',
      test: { file: FILE, name: 'is busy (503) while the manifest is put' },
      mutant: NEVER,
    },
    {
      fault: 'A gateway before the registry gives up (504)',
      outcome: 'The same.',
      test: { file: FILE, name: 'answers late (504) while the manifest is put' },
      mutant: NEVER,
    },
    {
      fault: 'Connections are reset while the manifest is put',
      outcome: 'The same.',
      test: { file: FILE, name: 'cuts connections while the manifest is put' },
      mutant: NEVER,
    },
    {
      fault: 'The registry takes a connection and says nothing any more',
      outcome: 'After ten minutes without any progress of the push it is given up, and the build repeated.',
      test: { file: FILE, name: 'says nothing any more' },
      mutant: { file: 'src/buildkit/stall.ts', from: 'looks >= LOOKS && ', to: 'looks >= 1e9 && ' },
    },
    {
      fault: 'Layers are not taken for a moment',
      outcome: 'The build is repeated; layers that have arrived are not sent again.',
      test: { file: FILE, name: 'takes no layers for a moment' },
      mutant: NEVER,
    },
    {
      fault: 'The registry of the base image is busy',
      outcome: 'The build is repeated.',
      test: { file: FILE, name: 'serves the base image badly for a moment' },
      mutant: NEVER,
    },
    {
      fault: 'The token is refused (401) in the middle of a push',
      outcome: 'A new token is got, and the build repeated at once.',
      test: { file: FILE, name: 'as none (401) of a push is got anew' },
      mutant: {
        file: 'src/logins.ts',
        from: 'await addLogins(step, logins);\n    return logins;',
        to: 'return logins;',
      },
    },
    {
      fault: 'A new token is got while the runner takes no commands, because a build prints',
      outcome: 'The new token is masked all the same.',
      test: { file: FILE, name: 'as none (401) of a push is got anew' },
      mutant: {
        file: 'src/main.ts',
        from: 'commands.issue(() => core.setSecret(secret))',
        to: 'core.setSecret(secret)',
      },
    },
    {
      fault: 'The token has expired in the middle of a push',
      outcome: 'The same.',
      test: { file: FILE, name: 'as expired (403) of a push is got anew' },
      mutant: {
        file: 'src/registry/refusals.ts',
        from: "pattern: TOKEN_EXPIRED,\n    cure: 'login',",
        to: 'pattern: TOKEN_EXPIRED,',
      },
    },
    {
      fault: 'The token has expired before the build',
      outcome: 'A new token is got, and the request repeated.',
      test: { file: FILE, name: 'of the preflight is got anew' },
      mutant: {
        file: 'src/registry/repository.ts',
        from: 'renewals < MOST_RENEWALS',
        to: 'renewals < 0',
      },
    },
    {
      fault: 'Every new token is refused, too',
      outcome: 'The step fails after two more tries, and says that.',
      test: { file: FILE, name: 'is not asked for without end' },
      mutant: { file: 'src/plan/repeat.ts', from: 'login: 2', to: 'login: 9' },
    },
    {
      fault: 'The identity may not push',
      outcome: 'The step fails at once: it would be refused again.',
      test: { file: FILE, name: 'when the registry would say the same' },
      mutant: {
        file: 'src/buildkit/cure.ts',
        from: 'return cure === undefined ? undefined : { cure,',
        to: "return { cure: cure ?? 'wait',",
      },
    },
    {
      fault: 'A command of the Dockerfile fails, and its text looks like an error of a registry',
      outcome: 'The step fails at once.',
      test: { file: FILE, name: 'when a command fails' },
      mutant: { file: 'src/buildkit/cure.ts', from: 'FROM_A_COMMAND.test(reason) || ', to: '' },
    },
    {
      fault: 'ECR limits requests for longer than five repetitions',
      outcome: 'The step fails, and says how often it has tried and what each name is in the registry.',
      test: { file: FILE, name: 'more than five times' },
      mutant: { file: 'src/plan/repeat.ts', from: 'wait: 5', to: 'wait: 7' },
    },
    {
      fault: 'The job is cancelled in the pause before a repetition',
      outcome: 'The step ends at once.',
      test: { file: FILE, name: 'when it is cancelled meanwhile' },
      mutant: [
        { file: 'src/repeat.ts', from: 'await pause(wait, undefined, { signal })', to: 'await pause(wait)' },
        {
          file: 'src/main.ts',
          from: 'untilCancelled(buildAndPush({ ...masks, commands, inputs, runner, env, step, signal, http }), signal)',
          to: 'buildAndPush({ ...masks, commands, inputs, runner, env, step, signal, http })',
        },
      ],
    },
    {
      fault: 'One of several names cannot be written',
      outcome: 'The step fails, and tells for each name whether it is this image, another one, or not there.',
      test: { file: ARRIVAL, name: 'the error tells what each of them is' },
      mutant: { file: 'src/build.ts', from: 'throw await afterPush(error, options);', to: 'throw error;' },
    },
    {
      fault: 'A push fails, and the registry cannot be read after it',
      outcome: 'The error says of each name that it cannot be read.',
      test: { file: ARRIVAL, name: 'and the registry does not answer any more, it says that' },
      mutant: { file: 'src/build.ts', from: 'throw await afterPush(error, options);', to: 'throw error;' },
    },
    {
      fault: 'The registry has lost an image that it has taken',
      outcome: 'The step looks four times, then fails (`push-lost`); no outputs are set.',
      test: { file: ARRIVAL, name: 'an image that the registry has lost fails the step' },
      mutant: {
        file: 'src/leg.ts',
        from: 'return plan.push ? confirmArrival({ digest, references, repositories }, signal) : [];',
        to: 'return [];',
      },
    },
    {
      fault: 'Another job moves the tag right after the push',
      outcome: 'A warning names the image that the tag has now; the outputs are those of this image.',
      test: { file: ARRIVAL, name: 'a tag that another job has moved is a warning' },
      mutant: {
        file: 'src/leg.ts',
        from: 'return plan.push ? confirmArrival({ digest, references, repositories }, signal) : [];',
        to: 'return [];',
      },
    },
    {
      fault: 'An answer of the registry breaks off in its body',
      outcome: 'The request is repeated.',
      test: { file: ARRIVAL, name: 'an answer that breaks off (truncated) is asked for again' },
      mutant: { file: 'src/registry/http.ts', from: 'await text(answer.message)', to: 'await answer.readBody()' },
    },
    {
      fault: 'What was pushed cannot be read back',
      outcome: 'A warning: the registry has said that it has the image.',
      test: { file: ARRIVAL, name: 'a registry that cannot be read is a warning' },
      mutant: {
        file: 'src/leg.ts',
        from: 'return plan.push ? confirmArrival({ digest, references, repositories }, signal) : [];',
        to: 'return [];',
      },
    },
  ],
};
