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

/** Lines of a Dockerfile, as BuildKit prints them: numbered, and `>>>` at those that failed. */
export interface Excerpt {
  /** `Dockerfile:3`. */
  readonly place: string;
  readonly lines: readonly string[];
}

const FRAME = '------';
const EXCERPT_FRAME = '-'.repeat(20);

/**
 * Finds the failing step in what BuildKit has told.
 * Source: BuildKit v0.32.2, cmd/buildctl, solver/errdefs: blocks of steps with an error, then the excerpt, then the reason.
 */
export function failingStep({ output }: Pick<FailedBuild, 'output'>, { bars }: Timeline): FailingStep {
  const bar = bars.find(({ state }) => state === 'failed');
  const lines = output.split(/\r?\n/);
  const { code } = /exit code: (?<code>\d+)\s*$/.exec(output)?.groups ?? {};
  return {
    bar,
    exitCode: code === undefined ? undefined : Number(code),
    lastLines: lastBlock(lines, bar),
    excerpt: lastExcerpt(lines),
  };
}

/** The block ` > [2/3] RUN …:` and what the step printed; a cache that was not there has a block, too. */
function lastBlock(lines: readonly string[], bar: Bar | undefined): readonly string[] {
  const end = lines.lastIndexOf(FRAME);
  const start = lines.lastIndexOf(FRAME, end - 1);
  const [head, ...block] = start === -1 ? [] : lines.slice(start + 1, end);
  const name = head?.replace(/^ > (?:\[[^\]]*\] )?/, '').replaceAll(/\s+/g, ' ');
  return bar !== undefined && name?.startsWith(bar.name) ? block : [];
}

function lastExcerpt(lines: readonly string[]): Excerpt | undefined {
  const end = lines.lastIndexOf(EXCERPT_FRAME);
  const start = lines.lastIndexOf(EXCERPT_FRAME, end - 1);
  const place = lines[start - 1];
  return start < 1 || place === undefined || !/:\d+$/.test(place)
    ? undefined
    : { place, lines: lines.slice(start + 1, end) };
}
