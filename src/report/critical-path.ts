import type { Step } from '../buildkit/record.ts';
import { greatest, hasFailed, isExport, type Phase } from './phases.ts';

/** Milliseconds: what begins when something else has ended may be told of a moment before. */
const AT_ONCE = 10;

/** Steps of the cache in a row that are followed. */
const DEEPEST = 1000;

/**
 * The chain that the end has waited for: from the failing step, or the last one, to that of its inputs that was ready last, and so on. What
 * has no inputs, such as an export, has waited for whatever ended last before it.
 */
export function criticalPath(phases: readonly Phase[]): ReadonlySet<Phase> {
  // The last phase of a step is what others wait for.
  const byDigest = new Map(phases.map((phase) => [keyOf(phase.step, phase.step.digest), phase]));
  const inputsOf = ({ step }: Phase) => step.inputs.flatMap((digest) => byDigest.get(keyOf(step, digest)) ?? []);
  const readyAt = readiness(inputsOf);
  const byEnd = phases.toSorted((a, b) => a.end - b.end);
  const path = new Set<Phase>();
  let current = phases.findLast(({ step, isLast }) => isLast && hasFailed(step)) ?? byEnd.at(-1);
  while (current !== undefined && !path.has(current)) {
    const { step, begin, before }: Phase = current;
    path.add(current);
    const [input] = inputsOf(current).toSorted((a, b) => readyAt(b) - readyAt(a) || b.end - a.end);
    const isOther = (phase: Phase) => phase.step !== step && phase.end <= begin + AT_ONCE;
    current = before ?? input ?? (isExport(step) ? byEnd.findLast(isOther) : undefined);
  }
  return path;
}

/**
 * When a step was ready for those that need it. What came from the cache at once is only told of when somebody asks for it: it was ready when
 * its own inputs were.
 */
function readiness(inputsOf: (phase: Phase) => readonly Phase[]): (phase: Phase) => number {
  const known = new Map<Phase, number>();
  const readyAt = (phase: Phase, depth = 0): number => {
    const { step, begin, end } = phase;
    if (!step.cached || end - begin > AT_ONCE || depth > DEEPEST) {
      return end;
    }
    if (!known.has(phase)) {
      // Should steps name each other, this ends it.
      known.set(phase, begin);
      known.set(phase, greatest(inputsOf(phase).map((input) => readyAt(input, depth + 1))));
    }
    return known.get(phase) ?? begin;
  };
  return (phase) => readyAt(phase);
}

/** Several machines may each have a step with the same digest. */
function keyOf({ platforms }: Step, digest: string): string {
  return `${platforms ?? ''} ${digest}`;
}
