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
    excerpt: readExcerpt(output),
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
