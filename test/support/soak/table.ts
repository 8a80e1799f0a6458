import type { Outcome } from './build.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

const HEADINGS: Readonly<Record<Verdict, string>> = {
  succeeded: 'succeeded',
  told: 'failed as told',
  ended: 'ended',
  untold: 'not told',
  unexcused: 'no reason',
  lost: 'lost',
};

/** The worst of what has become of its steps. */
export function verdictOf({ judgements }: Pick<Outcome, 'judgements'>): Verdict {
  return VERDICTS.findLast((verdict) => judgements.some((one) => one.verdict === verdict)) ?? 'succeeded';
}

/** Whether a build is one that must not be. */
export function isBad(outcome: Outcome): boolean {
  return outcome.leaks.length > 0 || ['untold', 'unexcused', 'lost'].includes(verdictOf(outcome));
}

/** One line for each kind of fault, and one for all of them. */
export function table(outcomes: readonly Outcome[]): string {
  const kinds = Map.groupBy(outcomes, ({ scenario }) => scenario.fault.name);
  const rows = [...kinds].sort(([one], [other]) => one.localeCompare(other));
  const cells = [
    ['fault', 'builds', 'hit', ...VERDICTS.map((verdict) => HEADINGS[verdict]), 'leaked', 'median'],
    ...rows.map(([name, some]) => row(name, some)),
    row('all', outcomes),
  ];
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0))) ?? [];
  return cells.map((line) => line.map((cell, at) => pad(cell, at, widths[at] ?? 0)).join('  ')).join('\n');
}

function row(name: string, outcomes: readonly Outcome[]): string[] {
  const counts = [
    outcomes.length,
    outcomes.filter(({ hasHit }) => hasHit).length,
    ...VERDICTS.map((verdict) => outcomes.filter((outcome) => verdictOf(outcome) === verdict).length),
    outcomes.filter(({ leaks }) => leaks.length > 0).length,
  ];
  return [
    name,
    ...counts.map(String),
    `${(median(outcomes.map(({ milliseconds }) => milliseconds)) / 1000).toFixed(1)} s`,
  ];
}

function pad(cell: string, at: number, width: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}
