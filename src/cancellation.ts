import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from './failure.ts';

/**
 * For work to end that is told of the cancellation, such as a build or a clone, and to tell what it leaves. Milliseconds; a runner
 * waits for 7500.
 */
const GRACE = 3_000;

/**
 * Work that is given up when the step is cancelled, with a moment for what it has begun to end by itself.
 * @throws Failure `build-cancelled`; where the work tells of its own end, that of the work
 */
export async function untilCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await unlessCancelled(() => work, signal);
  } catch (error) {
    if (signal.aborted) {
      const ended = await Promise.race([work.catch((reason: unknown) => reason), pause(GRACE)]);
      throw isCancellation(ended) ? ended : error;
    }
    throw error;
  }
}

/**
 * Work that is given up at once when the step is cancelled, and not begun when it was.
 * @throws Failure `build-cancelled`
 */
export async function unlessCancelled<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    throw cancelledStep();
  }
  const listening = new AbortController();
  const cancelled = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(cancelledStep()), { signal: listening.signal });
  });
  try {
    return await Promise.race([work(), cancelled]);
  } finally {
    listening.abort();
  }
}

export function cancelledStep(): Failure {
  return new Failure({
    code: 'build-cancelled',
    message: 'The step was cancelled.',
    hint: 'Nothing has to be changed.',
  });
}

export function isCancellation(error: unknown): boolean {
  return error instanceof Failure && error.code === 'build-cancelled';
}
