import { REPORT_INTERVAL } from '../log.ts';
import { formatDuration, formatSize } from '../report/format.ts';
import { type BuildRecord, linesOf, readRecord, type Step } from './record.ts';

/** How far the transfers of a build are, one after the other, so that a rate can be told. */
export interface Progress {
  /** Bytes by step. */
  readonly moved: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Says every ten seconds how far long transfers and exports are: BuildKit's plain progress is silent until they have ended.
 * @param options.trace file that buildctl writes
 * @param options.say takes a line
 * @returns ends it
 */
export function followTransfers({
  trace,
  say,
}: {
  readonly trace: string;
  readonly say: (line: string) => void;
}): () => void {
  let before: Progress | undefined;
  const timer = setInterval(async () => {
    const record = await readRecord(linesOf(trace)).catch(() => undefined);
    if (record !== undefined) {
      const now = Date.now();
      describeTransfers(record, { now, before }).forEach(say);
      before = { moved: movedBytes(record), at: now };
    }
  }, REPORT_INTERVAL);
  return () => clearInterval(timer);
}

/**
 * A line for each step that has moved bytes or written something for more than half of the time after which such a line is due: what takes
 * long is then told of by the second line at the latest.
 * @param options.now milliseconds since 1970
 */
export function describeTransfers(
  { steps }: BuildRecord,
  { now, before }: { readonly now: number; readonly before: Progress | undefined },
): string[] {
  return steps.flatMap((step) => {
    const running = step.transfers.filter(({ completed }) => completed === undefined);
    const since = Math.min(...running.flatMap(({ started }) => started ?? []));
    if (step.completed !== undefined || running.length === 0 || now - since < REPORT_INTERVAL / 2) {
      return [];
    }
    const bytes = bytesOf(step);
    const [what] = running;
    const name = step.name.length > 60 ? `${step.name.slice(0, 59)}…` : step.name;
    if (bytes.current === 0 && bytes.total === 0) {
      return [`${name}: ${what?.id} (${formatDuration(now - since)})`];
    }
    const moved = bytes.current - (before?.moved.get(step.digest) ?? 0);
    const time = (now - (before?.at ?? since)) / 1000;
    const total = bytes.total > bytes.current ? ` of ${formatSize(bytes.total)}` : '';
    return [`${name}: ${formatSize(bytes.current)}${total}, ${formatSize(Math.max(0, Math.round(moved / time)))}/s`];
  });
}

function movedBytes({ steps }: BuildRecord): ReadonlyMap<string, number> {
  return new Map(steps.map((step) => [step.digest, bytesOf(step).current]));
}

function bytesOf({ transfers }: Step): { readonly current: number; readonly total: number } {
  const sum = (key: 'current' | 'total') => transfers.reduce((total, transfer) => total + transfer[key], 0);
  return { current: sum('current'), total: sum('total') };
}
