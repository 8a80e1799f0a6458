import type { Job, StepOptions, StepResult } from '../job.ts';
import { isRunning, listProcesses, type Process } from '../processes.ts';
import { daemonsOf } from '../traces.ts';

/** A step that runs, as whoever wants to harm it sees it. */
export interface StepInProgress {
  readonly job: Job;
  /** Sends it a signal; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): boolean;
  /** The same to the daemon of its job. @returns whether there was one */
  signalDaemon(name: NodeJS.Signals): boolean;
}

export interface StartedStep extends StepInProgress {
  readonly ended: Promise<StepResult>;
}

/** Starts a step whose parent is this process, as the worker of a runner does. */
export function startStep(job: Job, inputs: Readonly<Record<string, string>>, options: StepOptions = {}): StartedStep {
  let main: Process | undefined;
  const ended = job.step(inputs, {
    ...options,
    onStart: (pid) => {
      main = listProcesses().find((process) => process.pid === pid);
    },
  });
  return { ...inProgress(job, () => main), ended };
}

/** @param main the process of the step, as soon as it is known */
export function inProgress(job: Job, main: () => Process | undefined): StepInProgress {
  return {
    job,
    signal: (name) => signalIfRunning(main(), name),
    signalDaemon: (name) => {
      const pids = daemonsOf(job);
      const daemons = listProcesses().filter(({ pid }) => pids.includes(pid));
      return daemons.map((daemon) => signalIfRunning(daemon, name)).includes(true);
    },
  };
}

function signalIfRunning(target: Process | undefined, name: NodeJS.Signals): boolean {
  if (target === undefined || !isRunning(target)) {
    return false;
  }
  try {
    return process.kill(target.pid, name);
  } catch {
    // It has ended in this moment.
    return false;
  }
}
