import type { Excerpt } from '../buildkit/excerpt.ts';
import { FailedBuild } from '../buildkit/failed-build.ts';
import { NO_RECORD } from '../buildkit/record.ts';
import type { Failure } from '../failure.ts';
import { type FailingStep, failingStep } from './failing-step.ts';
import { formatStepTime } from './format.ts';
import { block, code, prose, shorten } from './markdown.ts';
import { timelineMarkdown } from './summary-timeline.ts';
import { timelineOf } from './timeline.ts';

export interface FailureFacts {
  /** What was to be built: the heading. */
  readonly name: string;
  readonly failure: Failure;
  /** Address of docs/troubleshooting.md, without fragment. */
  readonly docs: string;
  /** Takes out of BuildKit's words what may be a secret. */
  readonly redact: (text: string) => string;
}

/** Lines of output, and characters of each, that a summary repeats; the log has all of them. */
const LINES = 40;
const WIDTH = 400;

/** The job summary of a step that failed: what, where, and what can be done about it. GitHub's Markdown. */
export function failureMarkdown({ name, failure, docs, redact }: FailureFacts): string {
  const build = failure instanceof FailedBuild ? failure : undefined;
  const timeline = timelineOf(build?.record ?? NO_RECORD, redact);
  const lines = [
    `### ❌ ${name}`,
    '',
    ...(build === undefined
      ? message(failure.message, redact)
      : failedBuild(failingStep(build, timeline, redact), { failure, redact })),
    `${prose(shorten(failure.hint, 2000))} ${moreAbout(failure, docs)}`,
    '',
    ...timelineMarkdown(timeline, { isOpen: false }),
  ];
  return `${lines.join('\n')}\n`;
}

/** The entry of a failure in the documentation. */
export function moreAbout({ code }: Failure, docs: string): string {
  return `[More about ${code}](${docs}#${code})`;
}

function failedBuild(
  { bar, exitCode, lastLines, excerpt }: FailingStep,
  { failure, redact }: Pick<FailureFacts, 'failure' | 'redact'>,
): string[] {
  const place = bar === undefined || bar.lane === '' ? '' : ` (${code(shorten(bar.lane, 60))})`;
  const what =
    bar === undefined
      ? []
      : [
          `**${code(shorten(bar.name, 300))}**${place} failed after ${formatStepTime(bar.duration)}${exitCode === undefined ? '.' : ` with **exit code ${exitCode}**.`}`,
          '',
        ];
  // The reason of a step with an exit code is its whole command once more.
  const isSaid = bar !== undefined && exitCode !== undefined && failure.code === 'build-failed';
  return [
    ...what,
    ...(isSaid ? [] : message(failure.message.replace(/\nLast lines of [\s\S]*$/, ''), redact)),
    ...(lastLines.length === 0 ? [] : ['Its last lines:', ...text(lastOf(lastLines), redact)]),
    ...(excerpt === undefined ? [] : [code(placeOf(excerpt, failure)), ...text(firstOf(numbered(excerpt)), redact)]),
  ];
}

/** In the repository, where it is known. */
function placeOf({ file, start }: Excerpt, { location }: Failure): string {
  return `${shorten(location?.file ?? file, 200)}:${start}`;
}

function numbered({ lines }: Excerpt): string[] {
  return lines.map(
    ({ number, text, isMarked }) => `${String(number).padStart(4)} | ${isMarked ? '>>>' : '   '} ${text}`,
  );
}

/** A sentence as one; several lines as they are. */
function message(said: string, redact: (text: string) => string): string[] {
  return said.includes('\n')
    ? text(firstOf(said.split('\n')), redact)
    : [`**${prose(shorten(redact(said), 2000))}**`, ''];
}

function firstOf(lines: readonly string[]): string[] {
  const rest = lines.length - LINES;
  return [...lines.slice(0, LINES), ...(rest > 0 ? [`… ${rest} more lines`] : [])];
}

function lastOf(lines: readonly string[]): string[] {
  const rest = lines.length - LINES;
  return [...(rest > 0 ? [`… ${rest} lines before`] : []), ...lines.slice(-LINES)];
}

function text(lines: readonly string[], redact: (text: string) => string): string[] {
  const shown = lines.map((line) => (line.length > WIDTH ? shorten(redact(line), WIDTH) : line));
  return block(shown.join('\n').trimEnd());
}
