import { Failure } from '../failure.ts';
import { judge, REFUSALS, type Rule } from '../registry/refusals.ts';
import { clip, clipMiddle, printable } from '../report/printable.ts';
import { explainForeignProgram, type FailedStep } from './foreign-programs.ts';

const LOG = 'The log of the build above has all of its output.';

/** What helps a build that has taken all memory. */
export const LESS_MEMORY =
  'Let the build need less memory at a time (fewer jobs of make and the like; max-parallelism in buildkitConfig for steps that run at the same time), or take a runner with more of it.';

/** What else ends a build. */
const BUILD_RULES: readonly Rule[] = [
  {
    code: 'base-image-unavailable',
    pattern: /error getting credentials/,
    hint: () =>
      "A credential helper of the runner's Docker configuration has failed: correct credsStore or credHelpers in its config.json, or give the login as registryAuths.",
  },
  {
    code: 'base-image-unavailable',
    pattern:
      /^(?:failed to solve: )?(?:\S+: )?failed to resolve source metadata for (?<image>\S+?):? .*(?:429 Too Many Requests|toomanyrequests)/,
    hint: ({ image }) =>
      `The registry of ${image} limits how much is pulled: give a login in registryAuths, or a cache of your own in registryMirrors.`,
  },
  {
    code: 'base-image-unavailable',
    pattern:
      /^(?:failed to solve: )?(?:\S+: )?failed to resolve source metadata for (?<image>\S+?):? .*\b5\d\d (?:Internal|Bad|Service|Gateway)/,
    hint: ({ image }) => `The registry of ${image} has an error of its own: run the job again.`,
  },
  {
    code: 'base-image-unavailable',
    pattern: /^(?:failed to solve: )?(?:\S+: )?failed to resolve source metadata for (?<image>\S+?):? /,
    hint: ({ image }) =>
      `Check the name of the base image ${image}, and that this runner may pull it (registryAuths takes logins).`,
  },
  {
    code: 'daemon-lost',
    // Which of the calls of buildctl fails first is chance. What registries say has the name of a step or an exporter before it.
    pattern:
      /^(?:(?:failed to receive status: |listing workers for Build: ).*(?:Unavailable|error reading from server)|(?:failed to solve: )?(?:rpc error: code = )?Unavailable(?: desc =|:) (?:error reading from server|connection error|keepalive ping|transport is closing|closing transport))/,
    hint: () => 'The daemon ended during the build, for example for want of memory or disk space: run the job again.',
  },
  {
    code: 'buildkit-too-old',
    pattern:
      /^flag provided but not defined: -(?<flag>metadata-file|debug-json-cache-metrics|ref-file|progress|export-cache|import-cache|secret|ssh)\b/,
    hint: ({ flag }) =>
      `The action gives --${flag} to buildctl: use BuildKit v0.26 or later (buildkitVersion, buildkitPath).`,
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
      `COPY or ADD names ${path}, which the build context does not have, or which .dockerignore leaves out; with --from, look in that stage or context.`,
  },
  {
    code: 'target-missing',
    pattern: /^(?:failed to solve: )?target stage "(?<target>[^"]*)" could not be found/,
    hint: ({ target }) => `Correct target: the Dockerfile has no stage ${target}.`,
  },
  {
    code: 'out-of-memory',
    // The kernel has told BuildKit, whatever the exit code. Source: BuildKit v0.32.2, executor/runcexecutor, detectOOM.
    pattern: /^(?:failed to solve: )?process "[\s\S]*" did not complete successfully: cannot allocate memory$/,
    hint: () => `The kernel has killed a process of this step for want of memory. ${LESS_MEMORY}`,
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?process "[\s\S]*" did not complete successfully: exit code: 137\b/,
    hint: () => `The command was killed, mostly for want of memory: let it need less, or take a larger runner. ${LOG}`,
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?process "[\s\S]*" did not complete successfully: /,
    hint: () => `Correct the command, or what it needs. ${LOG}`,
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?dockerfile parse error on line (?<line>\d+): /,
    hint: ({ line }) => `Correct line ${line} of the Dockerfile.`,
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?the Dockerfile cannot be empty/,
    hint: () => 'Write a FROM into it, or name another file as dockerfile.',
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?lint violation found for rules: /,
    hint: () =>
      'Correct what the warnings of this step name, or leave error=true out of the line "# check=" of the Dockerfile.',
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?digest mismatch (?:for \S+: )?\S+:/,
    hint: () =>
      'ADD has got another file than its --checksum says: find out why it has changed before you correct that.',
  },
  {
    code: 'build-failed',
    pattern: /^(?:failed to solve: )?secret (?<id>\S+): not found/,
    hint: ({ id }) => `Give ${id} in secrets, or leave required out of the RUN that asks for it.`,
  },
  { code: 'build-failed', pattern: /^/, hint: () => `Correct what BuildKit names here. ${LOG}` },
];

/** A step that has looked for a service of the machine. */
const REFUSED_LOCALLY =
  /(?:127\.0\.0\.1|localhost|\[::1\]).{0,200}(?:refused|unreachable)|(?:refused|unreachable).{0,200}(?:127\.0\.0\.1|localhost|\[::1\])/i;
const OWN_NETWORK =
  'Build steps mostly have a network of their own, in which localhost is the step itself: for a service of the job, see "Network of build steps" in docs/self-hosted.md.';

/** Lines of a failing step that its error repeats. */
const SHOWN_LINES = 20;
/**
 * Characters of a reason, of a step's name, of a line that it has printed, of all these lines, and of a hint, which may repeat a name.
 * GitHub takes 4096 for the whole message, and its end is the link. Source: actions/runner, src/Runner.Worker/ExecutionContext.cs.
 */
const SHOWN = { reason: 800, step: 200, line: 200, output: 1800, hint: 500 };

/**
 * Turns the end of what buildctl printed into what happened and what to change.
 * @param output at least everything after the last step's progress
 * @param unable platforms whose RUN steps cannot run on this machine
 */
export function explainBuildError(output: string, unable: readonly string[] = []): Failure {
  const lines = linesOf(output);
  const errorAt = errorIn(lines);
  const reason = reasonIn(lines);
  const { said } = /^(?:failed to solve: )?failed to push \S+: (?<said>[\s\S]*)$/.exec(reason)?.groups ?? {};
  const [step, ...stepOutput] = failingStep(lines.slice(0, Math.max(errorAt, 0)));
  const failed = { step, output: stepOutput, reason };
  const { code, hint } =
    explainForeignProgram(failed, unable) ?? judge(said ?? reason, said === undefined ? BUILD_RULES : REFUSALS);
  const network = REFUSED_LOCALLY.test(stepOutput.join('\n')) ? ` ${OWN_NETWORK}` : '';
  return new Failure({ code, message: messageOf(failed), hint: clip(printable(hint + network), SHOWN.hint) });
}

/** Why a build has failed, as buildctl says it: `failed to solve: …`. */
export function reasonOf(output: string): string {
  return reasonIn(linesOf(output));
}

function linesOf(output: string): string[] {
  return output.split(/\r?\n/);
}

function errorIn(lines: readonly string[]): number {
  return lines.findLastIndex((line) => line.startsWith('error: '));
}

/** It may have several lines, such as the command of a heredoc. */
function reasonIn(lines: readonly string[]): string {
  const at = errorIn(lines);
  return at === -1 ? lastLines(lines, 5) : lines.slice(at).join('\n').trim().slice('error: '.length);
}

function messageOf({ step, output, reason }: FailedStep): string {
  const said = reason.replace(/^failed to solve: /, '') || 'buildctl ended without saying why.';
  const what = clipMiddle(said.split('\n').map(printable).join('\n'), SHOWN.reason);
  const shown = lastOutput(output);
  return step === undefined || shown.length === 0
    ? what
    : [what, `Last lines of ${clipMiddle(printable(step), SHOWN.step)}`, ...shown].join('\n');
}

/** What a program that draws over its own line has written last is a line of its own here, as it is in the log. */
function lastOutput(output: readonly string[]): string[] {
  const lines = output
    .flatMap((line) => line.split('\r'))
    .slice(-SHOWN_LINES)
    .map((line) => clip(printable(line), SHOWN.line));
  const tooLong = (at: number) => lines.slice(at).join('\n').length > SHOWN.output;
  const first = lines.findIndex((_, at) => !tooLong(at));
  return lines.slice(Math.max(first, 0));
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

/** A line of the progress that begins an export of the cache, or that ends any step with an error. */
const STEP_LINE = /^#(?<step>\d+) (?:exporting (?:cache to |to GitHub Actions Cache)|ERROR: (?<problem>.*)$)/s;

/** Why an export of the cache failed that was told not to fail the build; undefined when none did. */
export function cacheExportProblem(output: string): string | undefined {
  const exports = new Set<string>();
  // A line ends at a line feed only: what a step prints may have other ends of lines in it.
  for (const line of output.split(/\r?\n/)) {
    const { step = '', problem } = STEP_LINE.exec(line)?.groups ?? {};
    if (problem === undefined) {
      exports.add(step);
    } else if (exports.has(step)) {
      return problem;
    }
  }
  return undefined;
}
