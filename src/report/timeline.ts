import type { BuildRecord, Step } from '../buildkit/record.ts';
import { criticalPath } from './critical-path.ts';
import { greatest, hasFailed, isCacheStep, isExport, isStopped, least, type Phase, phasesOf } from './phases.ts';

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
  /** The same with platform, stage and number: `[linux/arm64 build 2/3] RUN npm ci`. */
  readonly fullName: string;
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

/** What BuildKit does by itself is shown only where it explains a wait, such as for the transfer of a large context. */
const INTERNAL = /^\[(?:\S+ )?(?:internal|auth)\] |^\[context [^\]]*\] /;
const INTERNAL_SHARE = 0.05;
const INTERNAL_LEAST = 1000;

/** `[build 2/3] RUN …`, `[linux/arm64 build 2/3] …`, `[linux/amd64] generating sbom …`. Source: BuildKit v0.32.2, dockerfile2llb, prefixCommand. */
const STEP =
  /^\[(?<platform>[a-z][\w.()]*(?:\/[\w.]+)+(?:->[\w./]+)?(?=[ \]]))? ?(?:(?<stage>[^\s/\]]+) +)?(?:\d+\/\d+)?\] (?<what>.*)$/;

/** Where what is no instruction belongs. */
const EXPORT = 'export';
const CACHE = 'cache';

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
  const isGood = !steps.some(hasFailed);
  const bars = phases
    .filter((phase) => isShown(phase, duration))
    .map((phase) => toBar(phase, { begin, isCritical: critical.has(phase), isGood }))
    .toSorted((a, b) => a.offset - b.offset);
  return { bars, duration };
}

function isShown({ step, begin, end }: Phase, duration: number): boolean {
  return !INTERNAL.test(step.name) || end - begin >= Math.max(INTERNAL_LEAST, duration * INTERNAL_SHARE);
}

function toBar(
  { step, name, begin, end, before, isLast }: Phase,
  build: { readonly begin: number; readonly isCritical: boolean; readonly isGood: boolean },
): Bar {
  const place = placeOf(step);
  return {
    ...place,
    name: before === undefined ? place.name : name,
    fullName: step.name,
    offset: begin - build.begin,
    duration: end - begin,
    state: isLast ? stateOf(step, build) : 'ran',
    isCritical: build.isCritical,
  };
}

function stateOf(step: Step, { isGood }: { readonly isGood: boolean }): Bar['state'] {
  if (hasFailed(step)) {
    return 'failed';
  }
  // Of a build that went well, nothing was stopped that anybody needed.
  return isStopped(step) && !isGood ? 'stopped' : step.cached ? 'cached' : 'ran';
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
