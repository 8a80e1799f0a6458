import type { Job } from '../job.ts';
import { runAction } from './actions.ts';
import { type JsonObject, type Scope, textOf } from './expressions.ts';
import type { Repository } from './repository.ts';
import type { ActionOutcome, Result, StepRun, Surroundings, Texts } from './run.ts';
import { runScript } from './script.ts';
import {
  entriesOf,
  field,
  isWanted,
  itemsOf,
  plain,
  resolve,
  resolveText,
  resolveTexts,
  type Token,
} from './tokens.ts';

/** Where steps run: in a job, or in a composite action inside of one. */
export interface Frame {
  readonly job: Job;
  readonly repository: Repository;
  readonly surroundings: Surroundings;
  /** All contexts but `env`, `steps` and `job`, which change from step to step. */
  readonly contexts: JsonObject;
  readonly env: Texts;
  /** `defaults.run` of the job over that of the workflow. */
  readonly runDefaults: Texts;
}

/** Runs steps one after the other, each when its `if` holds. */
export async function runSteps(steps: Token | undefined, frame: Frame): Promise<StepRun[]> {
  const runs: StepRun[] = [];
  for (const [index, token] of itemsOf(steps).entries()) {
    runs.push(await runStep(token, `__${index + 1}`, runs, frame));
  }
  return runs;
}

/** The scope of what comes after these steps, such as job outputs. */
export function scopeAfter(runs: readonly StepRun[], frame: Frame): Required<Scope> {
  const failure = failed(runs);
  const steps = runs
    .filter(({ id }) => !id.startsWith('__'))
    .map(({ id, outcome, conclusion, outputs }) => [id, { outcome, conclusion, outputs }]);
  return {
    contexts: {
      ...frame.contexts,
      env: frame.env,
      steps: Object.fromEntries(steps),
      job: { status: failure ? 'failure' : 'success' },
    },
    status: { success: !failure, failure },
  };
}

export function failed(runs: readonly StepRun[]): boolean {
  return runs.some(({ conclusion }) => conclusion === 'failure');
}

async function runStep(token: Token, defaultId: string, before: readonly StepRun[], frame: Frame): Promise<StepRun> {
  refuseUnknown(token);
  const id = textOf(plain(field(token, 'id'))) || defaultId;
  const uses = textOf(plain(field(token, 'uses')));
  const named = { id, ...(uses === '' ? {} : { uses }) };
  const outer = scopeAfter(before, frame);
  // The condition of a step can see its own env, as on GitHub.
  const env = { ...frame.env, ...resolveTexts(field(token, 'env'), outer) };
  const scope = { ...outer, contexts: { ...outer.contexts, env } };
  if (!isWanted(field(token, 'if'), scope)) {
    const nothing = { inputs: {}, outputs: {}, output: '', steps: [] };
    return { ...named, ...nothing, outcome: 'skipped', conclusion: 'skipped' };
  }
  const inputs = resolveTexts(field(token, 'with'), scope);
  const ended = await (uses === ''
    ? runCommands(token, scope, { ...frame, env })
    : runAction(uses, inputs, { ...frame, env }));
  const { succeeded, outputs, output, steps = [], action } = ended;
  const outcome: Result = succeeded ? 'success' : 'failure';
  const forgiven = resolve(field(token, 'continue-on-error'), scope) === true;
  const conclusion = forgiven ? 'success' : outcome;
  return { ...named, inputs, outputs, output, steps, outcome, conclusion, ...(action === undefined ? {} : { action }) };
}

function runCommands(token: Token, scope: Scope, frame: Frame): Promise<ActionOutcome> {
  const own = (name: string) => resolveText(field(token, name), scope) || (frame.runDefaults[name] ?? '');
  return runScript(resolveText(field(token, 'run'), scope), {
    job: frame.job,
    env: frame.env,
    shell: own('shell'),
    directory: own('working-directory'),
  });
}

/** A key that is left out without a word would let a test pass that a workflow does not. */
const KNOWN_KEYS = [
  'id',
  'name',
  'if',
  'uses',
  'with',
  'env',
  'run',
  'shell',
  'working-directory',
  'continue-on-error',
];

function refuseUnknown(token: Token): void {
  const unknown = entriesOf(token).find(([key]) => ![...KNOWN_KEYS, 'timeout-minutes'].includes(key));
  if (unknown !== undefined) {
    throw new Error(`Steps with ${unknown[0]} cannot be run here`);
  }
}
