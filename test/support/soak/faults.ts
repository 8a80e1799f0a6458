import type { Ecr } from '../ecr/stand-in.ts';
import { ANSWER_FAULTS } from './fault-answers.ts';
import { PROCESS_FAULTS } from './fault-processes.ts';
import { TAG_FAULTS } from './fault-tags.ts';
import type { Random } from './random.ts';
import type { StepInProgress } from './step.ts';

/**
 * What a fault that has hit excuses: `nothing`: the build has to succeed all the same; `failure`: it may fail, and has to say so;
 * `death`: it may end without a word; `success`: only a failure is right.
 */
export type Excuse = 'nothing' | 'failure' | 'death' | 'success';

/** What a fault is injected into. */
export interface Target {
  readonly ecr: Ecr;
  readonly step: StepInProgress;
  /** Puts another image under a name, as another job would. */
  readonly moveTag: (tag: string) => Promise<void>;
  readonly tags: readonly string[];
  readonly cacheTag: string;
}

/** A fault that waits for its moment. */
export interface Armed {
  /** Whether it has hit anything. */
  hasHit(): boolean;
  /** Settles when it does nothing more. */
  disarm(): Promise<void>;
}

/** A kind of fault: one row of the table at the end. */
export interface FaultKind {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly excuses: Excuse;
  /** What is done to the build itself: its Dockerfile fails, or the whole job is killed and has no post. */
  readonly build?: 'fails' | 'job-killed';
  /** What the step does between two attempts is skipped: it would try for minutes. */
  readonly isFast?: boolean;
  readonly arm: (random: Random) => (target: Target) => Armed;
}

const NOTHING: Armed = { hasHit: () => true, disarm: async () => undefined };

const BUILD_FAULTS: readonly FaultKind[] = [
  { name: 'none', weight: 4, excuses: 'nothing', arm: () => () => NOTHING },
  { name: 'a RUN fails', weight: 2, excuses: 'success', build: 'fails', arm: () => () => NOTHING },
  { name: 'job killed, without post', weight: 4, excuses: 'death', build: 'job-killed', arm: () => () => NOTHING },
];

export const FAULT_KINDS: readonly [FaultKind, ...FaultKind[]] = [
  ...nonEmpty(BUILD_FAULTS),
  ...ANSWER_FAULTS,
  ...TAG_FAULTS,
  ...PROCESS_FAULTS,
];

function nonEmpty<T>([first, ...others]: readonly T[]): [T, ...T[]] {
  if (first === undefined) {
    throw new Error('there are faults');
  }
  return [first, ...others];
}
