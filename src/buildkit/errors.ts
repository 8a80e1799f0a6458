import { Failure, type FailureCode } from '../failure.ts';

interface Rule {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  readonly hint: (groups: Readonly<Record<string, string | undefined>>) => string;
}

/**
 * What a registry says when it refuses a push. BuildKit repeats it after a code word, which it makes up for codes that it
 * does not know: only the sentence counts. The first rule that fits does.
 * Source: captured output of BuildKit v0.32.2; sentences as reported for ECR.
 */
const PUSH_RULES: readonly Rule[] = [
  {
    code: 'repository-missing',
    pattern:
      /The repository with name '(?<repository>[^']*)' does not exist in the registry with id '(?<account>[^']*)'/,
    hint: ({ repository, account }) =>
      `Create the repository ${repository} in account ${account}, or correct imageShortName, imageRegistryPath or awsRegion.`,
  },
  {
    code: 'tag-immutable',
    pattern:
      /image tag '(?<tag>[^']*)' already exists in the '(?<repository>[^']*)' repository and cannot be overwritten/,
    hint: ({ tag, repository }) => `Tags of ${repository} are immutable: choose another imageTag than ${tag}.`,
  },
  {
    code: 'push-denied',
    pattern: /not authorized to perform: (?<action>[\w-]+:\w+) on resource: (?<resource>\S+)/,
    hint: ({ action, resource }) =>
      `Allow ${action} on ${resource} in the policy of this identity, and, for a registry of another account, in the repository's policy.`,
  },
  {
    code: 'push-unauthenticated',
    pattern: /authorization token has expired/,
    hint: () => 'The token of ECR lives for 12 hours: run the job again, its finished steps are cached.',
  },
  {
    code: 'push-throttled',
    pattern: /^toomanyrequests: |Rate exceeded|429 Too Many Requests/,
    hint: () => 'ECR limits requests per second and region: run the job again, its finished steps are cached.',
  },
  {
    code: 'push-unauthenticated',
    pattern: /401 Unauthorized/,
    hint: () =>
      'The registry did not take the token that this step logged in with: check region and account of its host.',
  },
  {
    code: 'push-denied',
    pattern: /^denied: |403 Forbidden/,
    hint: () => 'Allow this identity to push to the repository; docs/permissions.md has the policy.',
  },
  { code: 'push-refused', pattern: /^/, hint: () => 'What the registry says stands after the name of the image.' },
];

/** What else ends a build. */
const BUILD_RULES: readonly Rule[] = [
  {
    code: 'base-image-unavailable',
    pattern: /^(?:failed to solve: )?(?:\S+: )?failed to resolve source metadata for (?<image>\S+?):? /,
    hint: ({ image }) => `Check the name of the base image ${image}, and that this runner may pull it.`,
  },
  {
    code: 'daemon-lost',
    pattern: /^(?:failed to receive status: |listing workers for Build: ).*(?:Unavailable|error reading from server)/,
    hint: () => 'The daemon ended during the build, for example for want of memory or disk space: run the job again.',
  },
  {
    code: 'extra-args-refused',
    pattern: /^(?:flag provided but not defined: |invalid opt|invalid value |unknown flag)/,
    hint: () => 'Correct extraArgs: it takes the arguments of buildctl build, such as --opt NAME=VALUE.',
  },
  {
    code: 'build-failed',
    pattern: /failed to calculate checksum of ref \S+ "(?<path>[^"]*)": not found/,
    hint: ({ path }) =>
      `COPY or ADD names ${path}, which the build context does not have, or which .dockerignore leaves out.`,
  },
  {
    code: 'target-missing',
    pattern: /^(?:failed to solve: )?target stage "(?<target>[^"]*)" could not be found/,
    hint: ({ target }) => `Correct target: the Dockerfile has no stage ${target}.`,
  },
  { code: 'build-failed', pattern: /^/, hint: () => 'The log of the build above has all of its output.' },
];

/** Lines of a failing step that its error repeats. */
const SHOWN_LINES = 20;

/**
 * Turns the end of what buildctl printed into what happened and what to change.
 * @param output at least everything after the last step's progress
 */
export function explainBuildError(output: string): Failure {
  const lines = output.split(/\r?\n/);
  const errorAt = lines.findLastIndex((line) => line.startsWith('error: '));
  // A reason may have several lines, such as the command of a heredoc.
  const reason = errorAt === -1 ? lastLines(lines, 5) : lines.slice(errorAt).join('\n').trim().slice('error: '.length);
  const { said } = /^(?:failed to solve: )?failed to push \S+: (?<said>[\s\S]*)$/.exec(reason)?.groups ?? {};
  const { code, hint } = judge(said ?? reason, said === undefined ? BUILD_RULES : PUSH_RULES);
  return new Failure({ code, message: messageOf(reason, lines.slice(0, Math.max(errorAt, 0))), hint });
}

function judge(text: string, rules: readonly Rule[]): { code: FailureCode; hint: string } {
  for (const { code, pattern, hint } of rules) {
    const match = pattern.exec(text);
    if (match !== null) {
      return { code, hint: hint({ ...match.groups }) };
    }
  }
  throw new Error('the last rule fits everything');
}

function messageOf(reason: string, before: readonly string[]): string {
  const [step, ...output] = failingStep(before);
  const what = reason.replace(/^failed to solve: /, '') || 'buildctl ended without saying why';
  const shown = output.slice(-SHOWN_LINES);
  return step === undefined || shown.length === 0 ? what : [what, `Last lines of ${step}`, ...shown].join('\n');
}

/** The block that BuildKit prints after the progress: ` > [2/3] RUN …:`, then the last lines of that step. */
function failingStep(lines: readonly string[]): string[] {
  const end = lines.lastIndexOf('------');
  const start = lines.lastIndexOf('------', end - 1);
  return start === -1
    ? []
    : lines.slice(start + 1, end).map((line, index) => (index === 0 ? line.replace(/^ > /, '') : line));
}

function lastLines(lines: readonly string[], count: number): string {
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}

/** Why an export of the cache failed that was told not to fail the build; undefined when none did. */
export function cacheExportProblem(output: string): string | undefined {
  for (const [, step = ''] of output.matchAll(/^#(\d+) exporting (?:cache to |to GitHub Actions Cache)/gm)) {
    const [, problem] = new RegExp(`^#${step} ERROR: (.*)$`, 'm').exec(output) ?? [];
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}
