import { Failure } from './failure.ts';

/** Ends a race when the step is cancelled. */
export function cancelled(signal: AbortSignal): Promise<never> {
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
