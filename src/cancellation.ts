import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from './failure.ts';

/** For work to end that is told of the cancellation, such as a build or a clone. Milliseconds; a runner waits for 7500. */
const GRACE = 1_000;

/**
 * Work that is given up when the step is cancelled, with a moment for what it has begun to end by itself.
 * @throws Failure `build-cancelled`
 */
export async function untilCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await Promise.race([work, cancelled(signal)]);
  } catch (error) {
    if (signal.aborted) {
      await Promise.race([Promise.allSettled([work]), pause(GRACE)]);
    }
    throw error;
  }
}

/** Ends a race when the step is cancelled. */
function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const failure = {
      code: 'build-cancelled',
      message: 'The step was cancelled.',
      hint: 'Nothing has to be changed.',
    } as const;
    const cancel = () => reject(new Failure(failure));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) {
      cancel();
    }
  });
}
