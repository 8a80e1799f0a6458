import type { Area } from './row.ts';

export const area: Area = {
  title: 'Secrets',
  rows: [
    {
      fault: 'Something prints the token of ECR',
      outcome: 'It was masked in each of its forms before it was used.',
      test: { file: 'secrets.test.ts', name: 'keeps every secret out of log, outputs, summary, arguments and files' },
      mutant: { file: 'src/aws/ecr.ts', from: '  mask(auth);\n', to: '' },
    },
    {
      fault: 'Something prints a key of awsCredentials, of whichever profile',
      outcome: 'All keys of all profiles are masked before anything else is done or said.',
      test: {
        file: 'secrets-everywhere.test.ts',
        name: 'has each of them masked, also those that it does not use',
      },
      mutant: { file: 'src/inputs/aws.ts', from: '  secretsIn(text).forEach(mask);\n', to: '' },
    },
    {
      fault: 'Something prints a token in the query of buildkitDownloadUrl, without the name in front of it',
      outcome: 'Each value of the query is masked by itself.',
      test: {
        file: 'secrets-everywhere.test.ts',
        name: 'has each of them masked, also those that it does not use',
      },
      mutant: {
        file: 'src/inputs/buildkit.ts',
        from: '[user, password, query, ...values]',
        to: '[user, password, query]',
      },
    },
    {
      fault: 'A step ends, with the logins and secrets in its private files',
      outcome: 'They are gone with the step, and not only in post.',
      test: { file: 'secrets-everywhere.test.ts', name: 'leaves none of them in a file, also of data that are kept' },
      mutant: { file: 'src/main.ts', from: '    await step.close(warn);\n', to: '' },
    },
    {
      fault: 'The login of a clone is still there while the image is built',
      outcome: 'It is taken away as soon as the clone is there: a build finds only what it needs itself.',
      test: {
        file: 'secrets-everywhere.test.ts',
        name: 'keeps them during the build in files that only its user may read',
      },
      mutant: { file: 'src/git/checkout.ts', from: '    await session.close();\n', to: '' },
    },
    {
      fault: 'Others on the machine list the arguments of all programs',
      outcome: 'No argument has a secret: Git reads its login from a private file.',
      test: { file: 'secrets-everywhere.test.ts', name: 'has none of them in an argument of a process' },
      mutant: {
        file: 'src/git/session.ts',
        from: '    `http.${origin}/.extraHeader=`,',
        to: '    `http.${origin}/.extraHeader=Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,',
      },
    },
    {
      fault: 'The daemon, which outlives the step, is looked at by a later step',
      outcome: 'It has proxy and certificate variables and nothing else of the step.',
      test: { file: 'secrets-everywhere.test.ts', name: 'has none of them in an argument of a process' },
      mutant: {
        file: 'src/buildkit/launch.ts',
        from: 'return DAEMON_VARIABLES.flatMap((name) => {',
        to: "return [...DAEMON_VARIABLES, 'ACTIONS_RUNTIME_TOKEN'].flatMap((name) => {",
      },
    },
    {
      fault: 'buildctl is asked for a variable that only the action was given',
      outcome: 'It does not have the inputs of the action, nor the tokens of the job.',
      test: { file: 'secrets-everywhere.test.ts', name: 'has none of them in an argument of a process' },
      mutant: {
        file: 'src/buildkit/buildctl-environment.ts',
        from: 'service.includes(name) || !WITHHELD.test(name)',
        to: 'service.includes(name) || name !== ""',
      },
    },
    {
      fault: 'A hook or helper of Git reads its variables',
      outcome: 'Git does not get the logins of DOCKER_AUTH_CONFIG.',
      test: { file: 'secrets-everywhere.test.ts', name: 'has none of them in an argument of a process' },
      mutant: { file: 'src/git/session.ts', from: 'AWS_|DOCKER_AUTH_CONFIG$|GIT_', to: 'AWS_|GIT_' },
    },
    {
      fault: 'BuildKit writes the token of the job into its history, in data that outlive the job',
      outcome: 'The history goes when the job ends; layers and cache stay.',
      test: { file: 'secrets-everywhere.test.ts', name: 'leaves none of them in a file, also of data that are kept' },
      mutant: {
        file: 'src/machine/slots.ts',
        from: "  await runAs(privilege, ['rm', '-f', join(directory, 'history.db')]);\n",
        to: '',
      },
    },
    {
      fault: 'A BuildKit elsewhere is asked for its history by somebody else who may build there',
      outcome: 'The build that had the token of the job is not in it any more.',
      test: { file: 'secrets-elsewhere.test.ts', name: 'a BuildKit elsewhere remembers none of the secrets of a step' },
      mutant: { file: 'src/leg.ts', from: '    await forgetBuild({ plan, client, ref: result.ref });\n', to: '' },
    },
    {
      fault: 'The daemon does not start, with the password of a proxy in the file that it is started from',
      outcome: 'The file goes at once.',
      test: { file: 'secrets-in-failures.test.ts', name: 'with daemon-not-started tells none of them and leaves none' },
      mutant: {
        file: 'src/buildkit/daemon.ts',
        from: '    await rm(join(scratch.directory, ENVIRONMENT), { force: true });\n',
        to: '',
      },
    },
    {
      fault: 'A RUN prints its secrets, among them a file with long lines, and fails',
      outcome: 'Error and summary repeat its last lines without them, also where a line is cut.',
      test: { file: 'secrets-in-failures.test.ts', name: 'shows none of them when the build itself has printed them' },
      mutant: {
        file: 'src/buildkit/build.ts',
        from: 'failedBuild(options.hide(tail.text())',
        to: 'failedBuild(tail.text()',
      },
    },
    {
      fault: 'AWS repeats the request that it refuses, with the session token',
      outcome: 'The summary is without it, where Markdown would write it in a form that the runner does not mask.',
      test: { file: 'secrets-in-failures.test.ts', name: 'shows none of them when AWS repeats the request' },
      mutant: {
        file: 'src/report/failure.ts',
        from: 'new Failure({ code, message: hide(message), hint: hide(hint) })',
        to: 'failure',
      },
    },
    {
      fault: 'A password stands in an SSH address of pathToContext',
      outcome: 'It is refused before BuildKit gets it as an argument, and not shown.',
      test: { file: 'secrets-in-inputs.test.ts', name: 'pathToContext that cannot be used is not shown: ssh://' },
      mutant: {
        file: 'src/source/context.ts',
        from: "(scheme.toLowerCase() !== 'ssh' || login.includes(':'))",
        to: "scheme.toLowerCase().startsWith('http')",
      },
    },
    {
      fault: 'A password stands in an address of buildkitHost',
      outcome: 'It is refused, and the error does not show the address.',
      test: { file: 'secrets-in-inputs.test.ts', name: 'buildkitHost that cannot be used is not shown: tcp://' },
      mutant: { file: 'src/plan/buildkit-hosts.ts', from: '/:[^/:@]*@/.test(text)', to: "text === ''" },
    },
    {
      fault: 'A password stands in the reference of a cache',
      outcome: 'It is refused before BuildKit gets it as an argument, and not shown.',
      test: { file: 'secrets-in-inputs.test.ts', name: 'cacheTo that cannot be used is not shown: type=registry' },
      mutant: { file: 'src/plan/cache.ts', from: 'LOGIN.test(value)', to: "value === ''" },
    },
    {
      fault: 'A build asks for the token of the job, and its cache does not need it',
      outcome: 'buildctl does not have it.',
      test: { file: 'cache-gha-token.test.ts', name: 'stays away from buildctl with cache: registry' },
      mutant: {
        file: 'src/buildkit/buildctl-environment.ts',
        from: 'takesRunnerToken(plan) ? CACHE_SERVICE : []',
        to: 'CACHE_SERVICE',
      },
    },
    {
      fault: 'A RUN prints a secret that comes from a file',
      outcome: 'It is masked, also without the line break at its end.',
      test: { file: 'build-secrets.test.ts', name: 'are masked, those of files without the line break at their end' },
      mutant: { file: 'src/inputs/build.ts', from: "  mask((await readFile(found, 'utf8')).trim());\n", to: '' },
    },
    {
      fault: "Something prints a login of the runner's own Docker configuration",
      outcome: 'It is masked in both of its forms.',
      test: { file: 'docker-config.test.ts', name: 'has its logins used, is not changed, and nothing of it is shown' },
      mutant: { file: 'src/logins.ts', from: '  authSecrets(runner.config.auths).forEach(mask);\n', to: '' },
    },
  ],
};
