import type { Job, JobOptions, StepResult } from '../job.ts';
import type { Json, JsonObject } from './expressions.ts';

export type Result = 'success' | 'failure' | 'skipped';
export type Texts = Readonly<Record<string, string>>;

export interface WorkflowRun {
  readonly result: Result;
  readonly jobs: Readonly<Record<string, JobRun>>;
  /** Of `on.workflow_call`. */
  readonly outputs: Texts;
}

export interface JobRun {
  readonly result: Result;
  readonly outputs: Texts;
  /** One for each leg of the matrix, one without a matrix, none for a job that was skipped. */
  readonly legs: readonly LegRun[];
}

export interface LegRun {
  readonly name: string;
  readonly matrix: JsonObject;
  /** As written and evaluated. Nothing is enforced: every leg runs on this machine, with the rights of the test. */
  readonly runsOn: Json;
  /** Those of the job, else of the workflow; null when neither has any. */
  readonly permissions: Json;
  readonly result: Result;
  readonly outputs: Texts;
  readonly steps: readonly StepRun[];
  /** What the steps have left for the end of the job printed. */
  readonly post: string;
  /** Of a job that `uses` a workflow. */
  readonly called?: WorkflowRun;
}

export interface StepRun {
  readonly id: string;
  /** The action, or undefined for `run`. */
  readonly uses?: string;
  /** What `with` became: the inputs that were given. */
  readonly inputs: Texts;
  /** Before `continue-on-error`. */
  readonly outcome: Result;
  readonly conclusion: Result;
  readonly outputs: Texts;
  readonly output: string;
  /** Steps of a composite action. */
  readonly steps: readonly StepRun[];
  /** Of an action of this project. */
  readonly action?: StepResult;
}

/** What a `uses` or `run` came to. */
export interface ActionOutcome {
  readonly succeeded: boolean;
  readonly outputs: Texts;
  readonly output: string;
  readonly steps?: readonly StepRun[];
  readonly action?: StepResult;
}

/** What stands around a workflow: the same for it and all that it calls. */
export interface Surroundings {
  readonly open: (options: JobOptions) => Promise<Job>;
  /**
   * Inputs that stand in for what a test has no network for, such as buildkitPath. They are given to actions of this project
   * that have such an input, where the workflow leaves it blank.
   */
  readonly provided: Texts;
}

/** All that happened, for the message of an assertion. */
export function logOf({ jobs }: WorkflowRun): string {
  const legs = Object.entries(jobs).flatMap(([id, { result, legs }]) => [
    `== ${id}: ${result}`,
    ...legs.flatMap((leg) => [
      `-- ${leg.name}: ${leg.result}`,
      ...leg.steps.map(logOfStep),
      leg.post,
      ...(leg.called === undefined ? [] : [logOf(leg.called)]),
    ]),
  ]);
  return legs.join('\n');
}

function logOfStep({ id, uses = 'run', outcome, output, steps }: StepRun): string {
  return [`-- ${id} (${uses}): ${outcome}`, output, ...steps.map(logOfStep)].join('\n');
}

/** All steps that ran an action of this project, those inside of composite actions and called workflows included. */
export function actionsOf({ jobs }: WorkflowRun): StepRun[] {
  const within = (step: StepRun): StepRun[] => [
    ...(step.action === undefined ? [] : [step]),
    ...step.steps.flatMap(within),
  ];
  return Object.values(jobs).flatMap(({ legs }) =>
    legs.flatMap((leg) => [...leg.steps.flatMap(within), ...(leg.called === undefined ? [] : actionsOf(leg.called))]),
  );
}

/** How several ended: a failure of one is one of all. */
export function resultOf(results: readonly Result[]): Result {
  if (results.includes('failure')) {
    return 'failure';
  }
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
