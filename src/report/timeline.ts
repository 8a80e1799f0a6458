import type { BuildRecord, Step } from '../buildkit/record.ts';

/** When the steps of a build ran. */
export interface Timeline {
  /** In the order in which they began; steps that never began are not among them. */
  readonly bars: readonly Bar[];
  /** Milliseconds from the first begin to the last end. */
  readonly duration: number;
}

/** A step, or a phase of one, in time. */
export interface Bar {
  /** What is done, in BuildKit's words: `RUN npm ci`. One line. */
  readonly name: string;
  /** Where it belongs: platform and stage, such as `linux/arm64 build`. */
  readonly lane: string;
  /** Milliseconds since the first begin. */
  readonly offset: number;
  /** Milliseconds. */
  readonly duration: number;
  /** `stopped`: it had not ended when the build did. */
  readonly state: 'ran' | 'cached' | 'failed' | 'stopped';
  /** Whether the build would have ended sooner without it: part of the chain that ends with the last step. */
  readonly isCritical: boolean;
}

/** A step that has begun, or a phase of one. */
interface Phase {
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

/** What BuildKit does by itself is shown only where it explains a wait, such as for the transfer of a large context. */
const INTERNAL = /^\[(?:internal|auth)\] /;
const INTERNAL_SHARE = 0.05;
const INTERNAL_LEAST = 1000;

/** `[build 2/3] RUN …`, `[linux/arm64 build 2/3] …`, `[linux/amd64] generating sbom …`. Source: BuildKit v0.32.2, dockerfile2llb, prefixCommand. */
const STEP =
  /^\[(?<platform>[a-z][\w.()]*(?:\/[\w.]+)+(?:->[\w./]+)?)? ?(?:(?<stage>[^\s/\]]+) +)?(?:\d+\/\d+)?\] (?<what>.*)$/;

/** Milliseconds: what begins when something else has ended may be told of a moment before. */
const AT_ONCE = 10;

/** Where what is no instruction belongs. */
const EXPORT = 'export';
const CACHE = 'cache';
const PUSH = 'pushing layers and manifest';

/**
 * Says when each step ran, and which of them the end waited for.
 * @param record of a build that has ended, well or not
 * @param redact takes out of a name what may be a secret
 */
export function timelineOf(record: BuildRecord, redact: (name: string) => string = String): Timeline {
  const steps = record.steps.map((step) => ({ ...step, name: redact(step.name) }));
  const last = greatest(steps.flatMap(({ started, completed }) => completed ?? started ?? []));
  const phases = steps.flatMap((step) => phasesOf(step, last));
  if (phases.length === 0) {
    return { bars: [], duration: 0 };
  }
  const begin = least(phases.map((phase) => phase.begin));
  const duration = last - begin;
  const critical = criticalPath(phases);
  const bars = phases
    .filter((phase) => isShown(phase, duration))
    .map((phase) => toBar(phase, { begin, isCritical: critical.has(phase) }))
    .toSorted((a, b) => a.offset - b.offset);
  return { bars, duration };
}

/** Without spreading a list into arguments: a build may have very many steps. */
function least(values: readonly number[]): number {
  return values.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY);
}

function greatest(values: readonly number[]): number {
  return values.reduce((highest, value) => Math.max(highest, value), 0);
}

/** One phase, or two for an export that pushes: before that it compresses layers. */
function phasesOf(step: Step, last: number): Phase[] {
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
  const between = Math.min(Math.max(pushed, whole.begin), whole.end);
  const before = { ...whole, end: between, isLast: false };
  return [before, { ...whole, name: PUSH, begin: between, before }];
}

function isShown({ step, begin, end }: Phase, duration: number): boolean {
  return !INTERNAL.test(step.name) || end - begin >= Math.max(INTERNAL_LEAST, duration * INTERNAL_SHARE);
}

/**
 * The chain that the end has waited for: from the failing step, or the last one, to that of its inputs that was ready last, and so on. What
 * has no inputs, such as an export, has waited for whatever ended last before it.
 */
function criticalPath(phases: readonly Phase[]): ReadonlySet<Phase> {
  // The last phase of a step is what others wait for.
  const byDigest = new Map(phases.map((phase) => [keyOf(phase.step, phase.step.digest), phase]));
  const byEnd = phases.toSorted((a, b) => a.end - b.end);
  const path = new Set<Phase>();
  let current = phases.findLast(({ step, isLast }) => isLast && hasFailed(step)) ?? byEnd.at(-1);
  while (current !== undefined && !path.has(current)) {
    const { step, begin, before }: Phase = current;
    path.add(current);
    const inputs = step.inputs.flatMap((digest) => byDigest.get(keyOf(step, digest)) ?? []);
    current =
      before ??
      latest(inputs) ??
      (isExport(step) ? byEnd.findLast((phase) => phase.end <= begin + AT_ONCE && phase !== current) : undefined);
  }
  return path;
}

function latest(phases: readonly Phase[]): Phase | undefined {
  return phases.reduce<Phase | undefined>(
    (found, phase) => (found && found.end >= phase.end ? found : phase),
    undefined,
  );
}

/** Several machines may each have a step with the same digest. */
function keyOf({ platforms }: Step, digest: string): string {
  return `${platforms ?? ''} ${digest}`;
}

/** Exports wait for the whole image without naming it as an input. */
function isExport({ name }: Step): boolean {
  return name.startsWith('exporting ');
}

function isCacheStep({ name }: Step): boolean {
  return /^(?:importing cache |exporting (?:cache |to GitHub Actions Cache))/.test(name);
}

/** A cache that cannot be read or written ends no build, and neither does a step that others have ended. */
function hasFailed(step: Step): boolean {
  return step.error !== undefined && !isCacheStep(step) && !isStopped(step);
}

function isStopped({ error, completed }: Step): boolean {
  return completed === undefined || /context canceled|\bCanceled\b/.test(error ?? '');
}

function toBar(
  { step, name, begin, end, before, isLast }: Phase,
  build: { readonly begin: number; readonly isCritical: boolean },
): Bar {
  const place = placeOf(step);
  return {
    ...place,
    name: before === undefined ? place.name : name,
    offset: begin - build.begin,
    duration: end - begin,
    state: isLast ? stateOf(step) : 'ran',
    isCritical: build.isCritical,
  };
}

function stateOf(step: Step): Bar['state'] {
  if (hasFailed(step)) {
    return 'failed';
  }
  return isStopped(step) ? 'stopped' : step.cached ? 'cached' : 'ran';
}

function placeOf(step: Step): Pick<Bar, 'name' | 'lane'> {
  const { platform, stage, what } = STEP.exec(step.name)?.groups ?? {};
  const machine = platform ?? step.platforms;
  const on = (lane: string) => [machine, lane].filter((part) => part !== undefined && part !== '').join(' ');
  if (isCacheStep(step) || isExport(step)) {
    return { name: `${step.name}${cacheNote(step)}`, lane: on(isExport(step) ? EXPORT : CACHE) };
  }
  // Without a prefix: what BuildKit resolves or fetches before the first stage.
  return what === undefined ? { name: step.name, lane: on('') } : { name: what, lane: on(stage ?? '') };
}

/** Before the first export there is no cache to import, which is no fault. */
function cacheNote(step: Step): string {
  const { error } = step;
  return error === undefined || !isCacheStep(step) ? '' : /not found$/.test(error) ? ' (there is none)' : ' (failed)';
}
