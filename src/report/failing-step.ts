import { type Excerpt, readExcerpt } from '../buildkit/excerpt.ts';
import type { FailedBuild } from '../buildkit/failed-build.ts';
import type { Bar, Timeline } from './timeline.ts';

/** What there is to see of a build that failed. */
export interface FailingStep {
  /** The step; undefined when none has failed, such as for a mistake in the syntax. */
  readonly bar: Bar | undefined;
  readonly exitCode: number | undefined;
  /** What it printed at last, with seconds in front. */
  readonly lastLines: readonly string[];
  readonly excerpt: Excerpt | undefined;
}

const FRAME = '------';

/**
 * Finds the failing step in what BuildKit has told: of several that have failed, that of the last block, to which the reason belongs.
 * Source: BuildKit v0.32.2, cmd/buildctl, solver/errdefs: blocks of steps with an error, then the excerpt, then the reason.
 * @param redact as it was done with the names of the timeline
 */
export function failingStep(
  { output }: Pick<FailedBuild, 'output'>,
  { bars }: Timeline,
  redact: (text: string) => string,
): FailingStep {
  const { head, lines } = lastBlock(output.split(/\r?\n/));
  const failed = bars.filter(({ state }) => state === 'failed');
  const told = redact(head);
  const known = failed.find(({ fullName }) => told.startsWith(fullName));
  const { code } = /exit code: (?<code>\d+)\s*$/.exec(output)?.groups ?? {};
  return {
    bar: known ?? failed[0],
    exitCode: code === undefined ? undefined : Number(code),
    // A cache that was not there has a block, too.
    lastLines: known !== undefined && lines.some((line) => line.trim() !== '') ? lines : [],
    excerpt: readExcerpt(output),
  };
}

/** The block ` > [2/3] RUN …:` and what the step printed; of a line that was drawn over, what one sees in a terminal. */
function lastBlock(lines: readonly string[]): { readonly head: string; readonly lines: readonly string[] } {
  const end = lines.lastIndexOf(FRAME);
  const start = lines.lastIndexOf(FRAME, end - 1);
  const [head = '', ...block] = start === -1 ? [] : lines.slice(start + 1, end);
  return {
    head: head.replace(/^ > /, '').replaceAll(/\s+/g, ' '),
    lines: block.map((line) => line.split('\r').findLast((part) => part !== '') ?? ''),
  };
}
