import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job, StepOptions } from './job.ts';
import { waitFor } from './wait.ts';

/** A process of its own that runs a step, as the worker of a runner does for a job. */
export interface Worker {
  /** Settles when the step has ended; the worker lives on, as in the rest of a job. */
  readonly stepEnded: Promise<void>;
  /** Kills worker and step at once, as a machine that takes a job away. Post does not run. */
  kill(): Promise<void>;
}

const WORKER = '"$@"; echo ended >"$RUNNER_TEMP/_worker"; exec sleep 100000';

/** Starts a step whose parent is a worker, not the test. */
export async function startWorker(
  job: Job,
  inputs: Readonly<Record<string, string>>,
  { through = [], ...options }: StepOptions = {},
): Promise<Worker> {
  let worker = 0;
  const marker = join(job.temp, '_worker');
  const running = job.step(inputs, {
    ...options,
    through: [...through, 'setsid', '--wait', 'sh', '-c', WORKER, 'worker'],
    onStart: (pid) => {
      worker = pid;
    },
  });
  const stepEnded = waitFor(async () => (await readFile(marker, 'utf8').catch(() => '')) !== '', 'the end of the step');
  // A worker may be killed before.
  stepEnded.catch(() => undefined);
  return {
    stepEnded,
    kill: async () => {
      // Until it runs, this number stands for whoever asks.
      await waitFor(() => worker !== 0, 'the worker');
      process.kill(-worker, 'SIGKILL');
      await running;
      job.forget();
      await rm(marker, { force: true });
    },
  };
}
