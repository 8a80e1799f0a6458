import { formatStepTime } from './format.ts';
import { shorten } from './markdown.ts';
import type { Bar, Timeline } from './timeline.ts';

/** A chart, and what it does not show. */
export interface Chart {
  /** Of a Mermaid block. */
  readonly lines: readonly string[];
  /** Steps that are part of a bar for several. */
  readonly joined: number;
}

/** What fits on a screen. Mermaid takes 50,000 characters, which that is far below. */
const MOST_BARS = 20;
/** Up to so many steps are shown one by one, however short they are. */
const FEW = 16;
/** Of the whole time. */
const SHORT = 0.01;
const LABEL = 56;
const LANE = 22;

/**
 * Draws a timeline for Mermaid: a section for each platform and stage, and one bar for the short steps of each.
 * Source: Mermaid, "Gantt diagrams"; its parser and renderer, 11.17.
 */
export function ganttChart(timeline: Timeline): Chart {
  const shown = choose(timeline);
  const lanes = [...new Set(timeline.bars.map(({ lane }) => lane))].filter((lane) =>
    shown.some((bar) => bar.lane === lane),
  );
  const others = timeline.bars.filter((bar) => !shown.includes(bar));
  const sections = lanes.map((lane) => ({ lane, rows: rowsOf(lane, { shown, others }) }));
  const rest = others.filter(({ lane }) => !lanes.includes(lane));
  const all = rest.length === 0 ? sections : [...sections, { lane: 'others', rows: [joinBars(rest)] }];
  const padding = 24 + 7 * Math.max(...all.map(({ lane }) => laneName(lane).length), 4);
  return {
    lines: [
      `%%{init: ${JSON.stringify({ gantt: { ...LAYOUT, leftPadding: padding }, themeVariables: COLOURS })}}%%`,
      'gantt',
      'dateFormat YYYY-MM-DD HH:mm:ss.SSS',
      ...axisOf(timeline.duration),
      'todayMarker off',
      ...all.flatMap(({ lane, rows }) => [`section ${laneName(lane)}`, ...rows.map((row) => task(row, timeline))]),
    ],
    joined: others.length,
  };
}

/** Without a width of its own, a chart that is folded away, or in a narrow frame, is drawn too small to read. */
const LAYOUT = {
  useWidth: 960,
  barHeight: 18,
  barGap: 4,
  topPadding: 50,
  fontSize: 12,
  sectionFontSize: 12,
  gridLineStartPadding: 42,
  rightPadding: 16,
};

/** Only of the bars, each with dark text: the rest follows the reader's light or dark theme. */
const COLOURS = {
  sectionBkgColor: '#8c959f',
  sectionBkgColor2: '#8c959f',
  altSectionBkgColor: 'transparent',
  gridColor: '#8c959f',
  taskBkgColor: '#b6d6f9',
  taskBorderColor: '#7fb2e8',
  taskTextColor: '#1f2328',
  taskTextLightColor: '#1f2328',
  taskTextDarkColor: '#1f2328',
  doneTaskBkgColor: '#d9dee4',
  doneTaskBorderColor: '#b4bcc6',
  critBkgColor: '#ffbe6f',
  critBorderColor: '#e08a1e',
  activeTaskBkgColor: '#ff9c94',
  activeTaskBorderColor: '#d1242f',
};

interface Row {
  readonly label: string;
  readonly tags: readonly string[];
  /** Milliseconds. */
  readonly offset: number;
  readonly duration: number;
}

/** Those that explain the most: what failed, then what took long. */
function choose({ bars, duration }: Timeline): readonly Bar[] {
  const weight = (bar: Bar) => (bar.state === 'failed' ? Number.POSITIVE_INFINITY : bar.duration);
  const candidates = bars.length <= FEW ? bars : bars.filter((bar) => weight(bar) >= duration * SHORT);
  return candidates.toSorted((a, b) => weight(b) - weight(a)).slice(0, MOST_BARS);
}

function rowsOf(lane: string, { shown, others }: { shown: readonly Bar[]; others: readonly Bar[] }): Row[] {
  const joined = others.filter((bar) => bar.lane === lane);
  const rows = shown.filter((bar) => bar.lane === lane).map(toRow);
  const all = joined.length === 0 ? rows : [...rows, joinBars(joined)];
  return all.toSorted((a, b) => a.offset - b.offset);
}

function toRow({ name, state, isCritical, offset, duration }: Bar): Row {
  const time = formatStepTime(duration);
  const said = {
    ran: time,
    cached: `cached ${time}`,
    failed: `failed after ${time}`,
    stopped: `stopped after ${time}`,
  };
  const kind = { ran: [], cached: ['done'], failed: ['active'], stopped: [] }[state];
  return {
    label: `${said[state]} ${plain(shorten(brief(name), LABEL))}`,
    tags: isCritical ? [...kind, 'crit'] : kind,
    offset,
    duration,
  };
}

/** The name of a step without what tells nobody anything: what a RUN mounts, which is longer than what it runs, hosts and digests. */
export function brief(name: string): string {
  return name
    .slice(0, LABEL * 20)
    .replace(/^RUN(?: --\S+)+/, 'RUN')
    .replace(/^(FROM|importing cache manifest from) (?:[\w-]+[.:])[\w.:-]*\//, '$1 ')
    .replace(
      /(:[\w.-]+)?@sha256:(?<start>[0-9a-f]{12})[0-9a-f]{52}/,
      (_, tag?: string, start = '') => tag ?? `@${start}`,
    );
}

/** From where the first began, as long as at least one of them ran; what is mostly waited for has the colour of that. */
function joinBars(bars: readonly Bar[]): Row {
  const duration = covered(bars);
  const isCritical = covered(bars.filter((bar) => bar.isCritical)) > duration / 2;
  const cached = bars.filter(({ state }) => state === 'cached').length;
  const offset = bars.reduce((least, bar) => Math.min(least, bar.offset), Number.POSITIVE_INFINITY);
  const counts = [
    ...(bars.length > cached ? [`${bars.length - cached} short`] : []),
    ...(cached > 0 ? [`${cached} cached`] : []),
  ];
  const label = `${formatStepTime(duration)} ${counts.join(' and ')} ${bars.length === 1 ? 'step' : 'steps'}`;
  const kind = cached === bars.length ? ['done'] : [];
  return { label, tags: isCritical ? [...kind, 'crit'] : kind, offset, duration };
}

/** Milliseconds in which at least one of them ran. */
function covered(bars: readonly Bar[]): number {
  let [sum, until] = [0, 0];
  for (const { offset, duration } of bars.toSorted((a, b) => a.offset - b.offset)) {
    const end = offset + duration;
    sum += Math.max(0, end - Math.max(offset, until));
    until = Math.max(until, end);
  }
  return sum;
}

/** The words of a task end at its first colon. Each begins with a number or a word of this file, so none is a word of Mermaid's. */
function task({ label, tags, offset, duration }: Row, timeline: Timeline): string {
  // A bar without width would not be seen.
  const width = Math.ceil(Math.max(duration, timeline.duration / 300, 1));
  return `${label}:${[...tags, timeOf(offset), `${width}ms`].join(', ')}`;
}

/** A day on which no clock was changed; Mermaid reads and shows it in the reader's own time zone, so that it begins with zero everywhere. */
function timeOf(offset: number): string {
  return new Date(Date.UTC(2000, 0, 1) + offset).toISOString().replace('T', ' ').replace('Z', '');
}

/** About eight lines across the chart, at round times. Source: Mermaid, "Axis ticks"; d3-time-format. */
function axisOf(duration: number): string[] {
  const steps = [
    50,
    100,
    250,
    500,
    ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].map((s) => s * 1000),
  ];
  const step = steps.find((each) => duration / each <= 9) ?? 14_400_000;
  const interval =
    step < 1000 ? `${step}millisecond` : step < 60_000 ? `${step / 1000}second` : `${step / 60_000}minute`;
  const format =
    step < 1000 ? '%-S.%L s' : duration < 60_000 ? '%-S s' : duration < 3_600_000 ? '%-M min %S s' : '%-H h %M min';
  return [`axisFormat ${format}`, `tickInterval ${interval}`];
}

function laneName(lane: string): string {
  return plain(shorten(lane.replace(/^linux\//, ''), LANE)) || 'build';
}

/**
 * Leaves letters, digits and what has no meaning in Mermaid. A colon ends the words of a task: one that looks like it stands in for it.
 */
function plain(text: string): string {
  return text
    .replaceAll(':', '∶')
    .replaceAll('<', '‹')
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Extended_Pictographic} …∶‹›._\-/=+()[\]@&'"$*!?>|~^\\,]/gu, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
}
