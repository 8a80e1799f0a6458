import { Failure } from '../failure.ts';
import { splitWords } from './words.ts';

/** Arguments of `buildctl build` that the action sets itself, and what to use instead. */
const REFUSED: Readonly<Record<string, string>> = {
  output: 'The image is written as imageShortName, imageTag and push say.',
  o: 'The image is written as imageShortName, imageTag and push say.',
  'metadata-file': "BuildKit's metadata are in the output metadata.",
  progress: 'The log always has the plain progress.',
  trace: 'Run the job with debug logging for more detail.',
  'ref-file': 'Nothing in a workflow could read it.',
};

/** Arguments of `docker build` that people bring along, and how buildctl spells them. */
const DOCKER: Readonly<Record<string, string>> = {
  'build-arg': '--opt build-arg:NAME=VALUE',
  label: '--opt label:NAME=VALUE',
  target: '--opt target=STAGE',
  platform: '--opt platform=linux/amd64',
  'add-host': '--opt add-hosts=HOST=IP',
  'build-context': '--opt context:NAME=…',
  'cache-from': '--import-cache type=registry,ref=…',
  'cache-to': '--export-cache type=registry,ref=…',
  pull: '--opt image-resolve-mode=pull',
  file: 'the input dockerfile',
  f: 'the input dockerfile',
  tag: 'the input imageTag',
  t: 'the input imageTag',
  push: 'the input push',
};

/**
 * Splits `extraArgs` as a shell would, without being one: quotes and backslashes count, `$`, `*` and `;` are text.
 * @throws Failure `extra-args-malformed`, `extra-args-refused`
 */
export function parseExtraArgs(value: string): string[] {
  const args = split(value);
  for (const arg of args) {
    const name = /^--?(?<name>[a-z][a-z-]*)(?:=|$)/.exec(arg)?.groups?.name;
    if (name !== undefined && Object.hasOwn(REFUSED, name)) {
      throw refused(`extraArgs: ${shown(arg, name)} cannot be set, the action sets it itself.`, REFUSED[name] ?? '');
    }
    if (name !== undefined && Object.hasOwn(DOCKER, name)) {
      throw refused(
        `extraArgs: ${shown(arg, name)} is an argument of docker, not of buildctl build.`,
        `Use ${DOCKER[name]}.`,
      );
    }
  }
  return args;
}

/** The flag without its value, which may be a secret. */
function shown(arg: string, name: string): string {
  return arg.startsWith('--') ? `--${name}` : `-${name}`;
}

function refused(message: string, hint: string): Failure {
  return new Failure({ code: 'extra-args-refused', message, hint });
}

function split(value: string): string[] {
  try {
    return splitWords(value);
  } catch (cause) {
    throw new Failure({
      code: 'extra-args-malformed',
      message: `extraArgs: cannot be split into arguments: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Close every quote, and write a quote that is data as \\" or inside of the other kind.',
      cause,
    });
  }
}
