import { formatStepTime } from './format.ts';
import { brief, ganttChart } from './gantt.ts';
import { block, code, details, html, shorten, table } from './markdown.ts';
import type { Bar, Timeline } from './timeline.ts';

const SLOWEST = 5;

/**
 * Where the time of a build went: a chart, and the slowest steps in words. Without steps no line.
 * @param options.isOpen whether that is what the summary is about
 */
export function timelineMarkdown(timeline: Timeline, { isOpen }: { readonly isOpen: boolean }): string[] {
  if (timeline.bars.length === 0) {
    return [];
  }
  const chart = ganttChart(timeline);
  const parts = [...legend(timeline), ...(chart.joined === 0 ? [] : [shortSteps(chart.joined, timeline)])];
  const lines = [`<sub>${parts.join(' · ')}</sub>`, '', ...block(chart.lines.join('\n'), 'mermaid')];
  const shown = details(title(timeline), lines, { isOpen });
  return isOpen ? [...shown, ...slowest(timeline)] : shown;
}

/** Tells the most important also while the chart is folded away: what took longest, or what failed. */
function title({ bars, duration }: Timeline): string {
  const failed = bars.filter(({ state }) => state === 'failed');
  const [longest] = byDuration(failed.length > 0 ? failed : bars);
  const what =
    longest === undefined || longest.duration < duration / 10
      ? ''
      : `: ${formatStepTime(longest.duration)} for <code>${html(shorten(brief(longest.name), 60))}</code>`;
  return `<b>Where ${formatStepTime(duration)} went</b>${what}`;
}

function shortSteps(joined: number, { bars }: Timeline): string {
  return `${joined} of ${bars.length} steps were short, those of a stage share a bar`;
}

function legend({ bars }: Timeline): string[] {
  const has = (test: (bar: Bar) => boolean, text: string) => (bars.some(test) ? [text] : []);
  return [
    ...has(({ state }) => state === 'failed', 'red: failed'),
    ...has(({ isCritical }) => isCritical, 'orange: what the end waited for'),
    ...has(({ isCritical, state }) => !isCritical && state === 'ran', 'blue: ran beside it'),
    ...has(({ state }) => state === 'cached', 'grey: from the cache'),
  ];
}

function slowest({ bars, duration }: Timeline): string[] {
  const rows = byDuration(bars)
    .filter((bar) => bar.duration >= duration / 100)
    .slice(0, SLOWEST)
    .map((bar) => [
      formatStepTime(bar.duration),
      `${Math.round((100 * bar.duration) / Math.max(duration, 1))} %`,
      code(shorten(bar.name, 200)),
      code(shorten(bar.lane, 60)),
    ]);
  return rows.length === 0 ? [] : details('<b>Slowest steps</b>', table([['Time', 'Share', 'Step', 'Stage'], ...rows]));
}

function byDuration(bars: readonly Bar[]): Bar[] {
  return bars.toSorted((a, b) => b.duration - a.duration);
}
