import * as core from '@actions/core';
import { explain } from '../failure.ts';
import { debug } from '../log.ts';
import { docsAddress } from '../runner.ts';

/**
 * Tells a story that the runner cancels the step, which it does by these signals. Each may come again while the step takes down what
 * it has begun: without a listener, that would end it at once.
 */
export function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => controller.abort());
  }
  return controller.signal;
}

/** Runs a story to its end: what it throws becomes the one error that the user reads, and the exit code. */
export async function guard(story: () => Promise<void>): Promise<never> {
  try {
    await story();
    process.exitCode = 0;
  } catch (error) {
    const { title, message, location } = explain(error, docsAddress(process.env));
    core.error(message, { title, ...location });
    if (core.isDebug() && error instanceof Error) {
      debug(error.stack ?? '');
    }
    process.exitCode = 1;
  }
  // Work that went on beside what failed, such as a download, has nobody to work for any more.
  process.exit();
}
