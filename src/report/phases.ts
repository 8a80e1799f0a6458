import type { Step } from '../buildkit/record.ts';

/** A step that has begun, or a phase of one. */
export interface Phase {
  readonly step: Step;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  /** The phase before it of the same step. */
  readonly before: Phase | undefined;
  /** Only the last phase of a step can be what failed. */
  readonly isLast: boolean;
}

const PUSH = 'pushing layers and manifest';

/** One phase, or two for an export that pushes: before that it compresses layers. */
export function phasesOf(step: Step, last: number): Phase[] {
  const { started, completed, name, transfers } = step;
  if (started === undefined) {
    return [];
  }
  const whole = {
    step,
    name,
    begin: started,
    end: Math.max(started, completed ?? last),
    before: undefined,
    isLast: true,
  };
  const pushes = transfers.filter(({ id }) => /^pushing (?:layers|manifest)/.test(id));
  const pushed = least(pushes.flatMap((push) => push.started ?? []));
  if (!isExport(step) || isCacheStep(step) || !Number.isFinite(pushed)) {
    return [whole];
  }
  const written = greatest(
    transfers.flatMap(({ id, completed }) => (id.startsWith('exporting ') ? (completed ?? []) : [])),
  );
  const between = Math.min(Math.max(Math.min(written || pushed, pushed), whole.begin), whole.end);
  const before = { ...whole, end: between, isLast: false };
  return [before, { ...whole, name: PUSH, begin: between, before }];
}

/** Exports wait for the whole image without naming it as an input. */
export function isExport({ name }: Step): boolean {
  return name.startsWith('exporting ');
}

export function isCacheStep({ name }: Step): boolean {
  return /^(?:importing cache |exporting (?:cache |to GitHub Actions Cache))/.test(name);
}

/** A cache that cannot be read or written ends no build, and neither does a step that others have ended. */
export function hasFailed(step: Step): boolean {
  return step.error !== undefined && !isCacheStep(step) && !isStopped(step);
}

export function isStopped({ error, completed }: Step): boolean {
  return completed === undefined || /context canceled|\bCanceled\b/.test(error ?? '');
}

/** Without spreading a list into arguments: a build may have very many steps. */
export function least(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY);
}

export function greatest(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), 0);
}
