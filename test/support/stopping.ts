import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, StepOptions, StepResult } from './job.ts';

/**
 * How a step is ended in the middle:
 * - cancelled: as the runner does it, SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL; then post
 * - killed: SIGKILL right after SIGINT, then post
 * - unaware: no signal at all, as in a container job, where post runs while the step goes on
 */
export const WAYS = ['cancelled', 'killed', 'unaware'] as const;

export interface Stopped {
  readonly result: StepResult;
  /** Signals of the runner that it took until the step had ended. */
  readonly signals: readonly NodeJS.Signals[];
  readonly post: { readonly code: number | null; readonly output: string };
}

/** When the runner sends what, after the first signal. Milliseconds. */
const SEQUENCE = [
  { signal: 'SIGINT', wait: 7_500 },
  { signal: 'SIGTERM', wait: 2_500 },
  { signal: 'SIGKILL', wait: 0 },
] as const;

/**
 * Runs a step until it hangs in some phase, ends it there, and runs post.
 * @param options.hangs waits until the step has got there
 */
export async function stopStep(
  job: Job,
  inputs: Readonly<Record<string, string>>,
  options: StepOptions & { readonly way: (typeof WAYS)[number]; readonly hangs: () => Promise<unknown> },
): Promise<Stopped> {
  const { way, hangs, ...others } = options;
  const step = startStep(job, inputs, others);
  await Promise.race([hangs(), step.result.then(failEarly)]);
  if (way === 'unaware') {
    const post = await job.post();
    return { result: await step.result, signals: [], post };
  }
  const signals = way === 'cancelled' ? await sendSequence(step) : kill(step);
  const result = await step.result;
  return { result, signals, post: await job.post() };
}

export interface RunningStep {
  readonly result: Promise<StepResult>;
  send(signal: NodeJS.Signals): void;
}

export function startStep(job: Job, inputs: Readonly<Record<string, string>>, options: StepOptions = {}): RunningStep {
  let pid: number | undefined;
  const result = job.step(inputs, {
    ...options,
    onStart: (started) => {
      pid = started;
    },
  });
  const send = (signal: NodeJS.Signals) => {
    if (pid === undefined) {
      throw new Error('the step does not run yet');
    }
    process.kill(pid, signal);
  };
  return { result, send };
}

/** Ends what is asked to end as the runner does. @returns what had to be sent */
export async function sendSequence(running: {
  readonly result: Promise<unknown>;
  send(signal: NodeJS.Signals): void;
}): Promise<NodeJS.Signals[]> {
  let hasEnded = false;
  const ended = running.result.then(() => {
    hasEnded = true;
  });
  const sent: NodeJS.Signals[] = [];
  for (const { signal, wait } of SEQUENCE) {
    running.send(signal);
    sent.push(signal);
    await Promise.race([ended, sleep(wait)]);
    if (hasEnded) {
      break;
    }
  }
  return sent;
}

function kill(step: RunningStep): NodeJS.Signals[] {
  step.send('SIGINT');
  step.send('SIGKILL');
  return ['SIGINT', 'SIGKILL'];
}

function failEarly({ output }: StepResult): never {
  throw new Error(`the step has ended before it was stopped:\n${output}`);
}
