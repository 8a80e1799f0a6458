/** A command that the runner takes from the output of a step. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Those of actions/runner; the others are text. */
const NAMES = [
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice', 'remove-matcher'],
  ...['save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
];

/** A line of the output of a step, and what the runner takes it for. */
export interface RunnerLine {
  readonly line: string;
  /** Undefined for text, and for what only looks like a command. */
  readonly command: RunnerCommand | undefined;
}

/** The commands that the runner obeys in the output of a step. */
export function runnerCommands(output: string): RunnerCommand[] {
  return runnerLines(output).flatMap(({ command }) =>
    command === undefined || command.name === 'stop-commands' ? [] : [command],
  );
}

/**
 * Reads the output of a step as the runner does. It knows two forms of commands: `::name k=v,k=v::data` at the beginning of a line,
 * and `##[name k=v;k=v]data` anywhere in it. After `stop-commands` none counts until its token comes, in either form.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs, src/Runner.Worker/ActionCommandManager.cs; .NET, StreamReader.ReadLine.
 */
export function runnerLines(output: string): RunnerLine[] {
  const lines: RunnerLine[] = [];
  let token: string | undefined;
  for (const line of output.split(/\r\n|\r|\n/)) {
    const known = token === undefined ? NAMES : [...NAMES, token];
    const command = readColons(line, known) ?? readBrackets(line, known);
    const isObeyed = token === undefined;
    if (command?.name === token) {
      token = undefined;
    } else if (isObeyed && command?.name === 'stop-commands') {
      token = command.data.toLowerCase();
    }
    lines.push({ line, command: isObeyed ? command : undefined });
  }
  return lines;
}

function readColons(line: string, known: readonly string[]): RunnerCommand | undefined {
  const { info = '', data = '' } = /^\s*::(?<info>.*?)::(?<data>.*)$/.exec(line)?.groups ?? {};
  return toCommand(info, { data, known, separator: ',', codes: ['%0D', '%0A', '%3A', '%2C', '%25'] });
}

function readBrackets(line: string, known: readonly string[]): RunnerCommand | undefined {
  const { info = '', data = '' } = /^.*?##\[(?<info>[^\]]*)\](?<data>.*)$/.exec(line)?.groups ?? {};
  return toCommand(info, { data, known, separator: ';', codes: ['%3B', '%0D', '%0A', '%5D', '%25'] });
}

function toCommand(
  info: string,
  options: {
    readonly data: string;
    readonly known: readonly string[];
    readonly separator: string;
    readonly codes: readonly string[];
  },
): RunnerCommand | undefined {
  const { data, known, separator, codes } = options;
  const { name = '', rest = '' } = /^(?<name>[^ ]*)(?: (?<rest>.*))?$/.exec(info)?.groups ?? {};
  if (!known.includes(name.toLowerCase())) {
    return undefined;
  }
  const pairs = rest.split(separator).flatMap((pair) => {
    const { key, value } = /^(?<key>[^=]+)=+(?<value>.+)$/.exec(pair.trim())?.groups ?? {};
    return key === undefined || value === undefined ? [] : [[key, decode(value, codes)] as const];
  });
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data: decode(data, codes) };
}

function decode(text: string, codes: readonly string[]): string {
  return codes.reduce((decoded, code) => decoded.replaceAll(code, decodeURIComponent(code)), text);
}
