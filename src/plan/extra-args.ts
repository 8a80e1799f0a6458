import { Failure, messageOf } from '../failure.ts';
import { checkPlatform } from './platforms.ts';
import { writeSizes } from './sizes.ts';
import { splitWords } from './words.ts';

/** Arguments of `buildctl build` that the action sets itself, and what to use instead. */
const REFUSED: Readonly<Record<string, string>> = {
  output: 'Use the input outputs.',
  o: 'Use the input outputs.',
  'metadata-file': "BuildKit's metadata are in the output metadata.",
  progress: 'The log always has the plain progress.',
  trace: 'The log has the plain progress of every step.',
  'ref-file': 'Nothing in a workflow could read it.',
  help: 'It would print the help and build nothing.',
  h: 'It would print the help and build nothing.',
};

/** Arguments of `docker build` that people bring along, and how buildctl spells them. */
const DOCKER: Readonly<Record<string, string>> = {
  'build-arg': 'the input buildArgs',
  label: 'the input labels',
  target: 'the input target',
  platform: 'the input platforms',
  'add-host': '--opt add-hosts=HOST=IP',
  'build-context': 'the input buildContexts',
  'cache-from': 'the input cacheFrom',
  'cache-to': 'the input cacheTo',
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
  checkPositions(args);
  return writeSizes(args);
}

/**
 * The platforms that `--opt platform=…` asks for in place of the input.
 * @returns undefined when it is not there
 * @throws Failure `platform-unknown`
 */
export function platformsIn(args: readonly string[]): string[] | undefined {
  const values = args.flatMap((arg, index) => {
    const option = /^--?opt=(?<option>.*)$/s.exec(arg)?.groups?.option;
    return option ?? (/^--?opt$/.test(args[index - 1] ?? '') ? arg : []);
  });
  const platform = values.findLast((value) => value.startsWith('platform='))?.slice('platform='.length);
  return platform
    ?.split(',')
    .filter((entry) => entry !== '')
    .map((entry) => checkPlatform(entry, 'extraArgs'));
}

/** Flags without a value. Source: BuildKit v0.32.2, cmd/buildctl/build.go. */
const SWITCHES = ['no-cache', 'proxy-network'];

/** buildctl takes a word that belongs to no flag without a sign, and builds something else than was meant. */
function checkPositions(args: readonly string[]): void {
  const stray = args.find((arg, index) => {
    const flag = /^--?(?<name>[a-z-]+)$/.exec(args[index - 1] ?? '')?.groups?.name;
    return !arg.startsWith('-') && (flag === undefined || SWITCHES.includes(flag));
  });
  if (stray !== undefined) {
    const shown = stray.split('=')[0] ?? '';
    throw refused(
      `extraArgs: "${shown}" belongs to no flag.`,
      'Write --opt before an option of the build, and quote a value with blanks.',
    );
  }
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
      message: `extraArgs: cannot be split into arguments: ${messageOf(cause)}.`,
      hint: 'Close every quote, and write a quote that is data as \\" or inside of the other kind.',
      cause,
    });
  }
}
