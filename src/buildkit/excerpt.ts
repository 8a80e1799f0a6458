import { instructionsOf } from '../plan/instructions.ts';
import { clip, printable } from '../report/printable.ts';
import type { Step } from './record.ts';

/** Lines of a Dockerfile around those that a build has failed at. */
export interface Excerpt {
  /** As BuildKit calls it: relative to the directory of the Dockerfile. */
  readonly file: string;
  readonly lines: readonly ExcerptLine[];
  /** First and last line that is marked, from 1. */
  readonly start: number;
  readonly end: number;
}

interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  readonly isMarked: boolean;
}

const DASHES = '-'.repeat(20);
/** Lines of a Dockerfile that are shown, and how many of their characters. */
const SHOWN_LINES = 20;
const SHOWN_LENGTH = 200;
/** Lines around those that are marked, as BuildKit has it. */
const AROUND = 2;

/**
 * Reads the excerpt that buildctl prints between the progress and its error: `FILE:LINE`, dashes, numbered lines with `>>>` before
 * those that failed, dashes. Of several the first is the innermost. The number after FILE is where the excerpt would begin, so only
 * the marks count.
 * Source: BuildKit v0.32.2, solver/errdefs/source.go (Print, Sources), cmd/buildctl/main.go (handleErr).
 * @returns undefined when there is none, as for a target that is missing or a push that is refused
 */
export function readExcerpt(output: string): Excerpt | undefined {
  const all = output.split(/\r?\n/);
  const end = all.findLastIndex((line) => line.startsWith('error: '));
  // What steps have printed ends there.
  const lines = all.slice(all.lastIndexOf('------', end) + 1, Math.max(end, 0));
  for (const [at, line] of lines.entries()) {
    const file = lines[at + 1] === DASHES ? /^(.+):\d+$/.exec(line)?.[1] : undefined;
    const found = file === undefined ? undefined : toExcerpt(file, readNumbered(lines.slice(at + 2)));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function readNumbered(lines: readonly string[]): ExcerptLine[] {
  const found: ExcerptLine[] = [];
  for (const line of lines) {
    const {
      number,
      mark,
      text = '',
    } = /^ *(?<number>\d+) \| (?<mark>>>>| {3})(?: (?<text>.*))?$/s.exec(line)?.groups ?? {};
    if (number === undefined) {
      break;
    }
    found.push({ number: Number(number), text, isMarked: mark === '>>>' });
  }
  return found;
}

function toExcerpt(file: string, lines: readonly ExcerptLine[]): Excerpt | undefined {
  const marked = lines.filter(({ isMarked }) => isMarked);
  const [first] = marked;
  const last = marked.at(-1);
  return first === undefined || last === undefined ? undefined : { file, lines, start: first.number, end: last.number };
}

/**
 * Finds the instruction of a step that has failed without an excerpt, as an `ADD` whose checksum is wrong: where its text stands in
 * the Dockerfile once, as it is in the name of the step.
 */
export function findFailedInstruction(
  steps: readonly Step[],
  { file, text }: { readonly file: string; readonly text: string },
): Excerpt | undefined {
  const names = steps.filter(({ error }) => error !== undefined).map(({ name }) => name.replace(/^\[[^\]]*\] /, ''));
  const [found, ...others] = instructionsOf(text).filter((instruction) => names.includes(oneLine(instruction.text)));
  if (found === undefined || others.length > 0) {
    return undefined;
  }
  const lines = text.split(/\r?\n/).map((line, index) => ({
    number: index + 1,
    text: line,
    isMarked: index + 1 >= found.start && index + 1 <= found.end,
  }));
  return toExcerpt(file, lines.slice(Math.max(found.start - 1 - AROUND, 0), found.end + AROUND));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/**
 * An excerpt as the log shows it.
 * @param path of the file; without it, as BuildKit calls it
 */
export function excerptLines({ file, lines, start, end }: Excerpt, path = file): string[] {
  const shown = lines.slice(0, SHOWN_LINES);
  const left = lines.length - shown.length;
  const numbered = shown.map(({ number, text, isMarked }) =>
    `${String(number).padStart(5)} | ${isMarked ? '>>>' : '   '} ${clip(printable(text), SHOWN_LENGTH)}`.trimEnd(),
  );
  return [
    `The build failed at ${clip(printable(path), SHOWN_LENGTH)}, ${start === end ? `line ${start}` : `lines ${start} to ${end}`}:`,
    ...numbered,
    ...(left === 0 ? [] : [`      | … and ${left} more lines`]),
  ];
}
