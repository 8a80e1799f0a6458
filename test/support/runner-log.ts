import { type RunnerCommand, runnerLines } from './runner-commands.ts';

/** The output of a step, in the two ways in which it matters who can read it. */
export interface RunnerLog {
  /** All that was printed but the commands that register a secret: nothing but the masks of the runner stands before it. */
  readonly raw: string;
  /** What the runner shows, also in a log of debugging. */
  readonly shown: string;
  /** Masks a text as the runner does at the end of the step, such as the summary. */
  readonly mask: (text: string) => string;
}

/**
 * Masks the output of a step as the runner does: each line with the secrets that were registered before it, also by each of their
 * lines. The runner knows some encodings of them besides; here they count as not masked.
 * Source: actions/runner, src/Runner.Worker/ActionCommandManager.cs (AddMaskCommandExtension).
 */
export function readRunnerLog(output: string): RunnerLog {
  const masks = new Set<string>();
  const mask = (text: string) =>
    [...masks].toSorted((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const [raw, shown]: [string[], string[]] = [[], []];
  for (const { line, command } of runnerLines(output)) {
    if (command?.name === 'add-mask') {
      for (const secret of [command.data, ...command.data.split(/[\r\n]+/)].filter((text) => text.trim() !== '')) {
        masks.add(secret);
      }
    } else {
      raw.push(line);
      shown.push(mask(command === undefined ? line : textOf(command)));
    }
  }
  return { raw: raw.join('\n'), shown: shown.join('\n'), mask };
}

function textOf({ name, properties, data }: RunnerCommand): string {
  return [name, ...Object.values(properties), data].join(' ');
}
