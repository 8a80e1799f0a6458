import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { type Random, randomOf } from './random.ts';

/** What a build is: how many names it has, where they are, and what its steps are. */
export type Shape =
  | 'one tag'
  | 'several tags'
  | 'two registries'
  | 'index'
  | 'kept root'
  | 'run again'
  | 'legs and merge'
  | 'clone';

const SHAPES: readonly [Weighted, ...Weighted[]] = [
  { shape: 'one tag', weight: 3 },
  { shape: 'several tags', weight: 3 },
  { shape: 'two registries', weight: 3 },
  { shape: 'index', weight: 2 },
  { shape: 'kept root', weight: 3 },
  { shape: 'run again', weight: 3 },
  { shape: 'legs and merge', weight: 2 },
  { shape: 'clone', weight: 1 },
];

interface Weighted {
  readonly shape: Shape;
  readonly weight: number;
}

/** One build of a run: it follows from the seed and its number alone. */
export interface Scenario {
  readonly index: number;
  /** What the image holds, and no other one does. */
  readonly content: string;
  readonly shape: Shape;
  readonly fault: FaultKind;
  /** For what is left to chance in the fault. */
  readonly random: Random;
}

/** A killed job is found by other jobs, and these are not in the namespace that two registries need. Nothing is built by a merge. */
function fits({ build }: FaultKind, shape: Shape): boolean {
  return build === undefined || (shape !== 'two registries' && shape !== 'legs and merge');
}

export function drawScenario({ seed, index }: { readonly seed: number; readonly index: number }): Scenario {
  const random = randomOf({ seed, index });
  const fault = random.weighted(FAULT_KINDS);
  const { shape } = random.weighted(SHAPES);
  return {
    index,
    content: `build ${index} of ${seed}: ${random.integer(0, 1e9)}`,
    shape: fits(fault, shape) ? shape : 'several tags',
    fault,
    random,
  };
}
