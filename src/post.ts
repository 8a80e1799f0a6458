import { messageOf } from './failure.ts';
import { disposeScratch } from './machine/dispose.ts';
import { endStep } from './machine/owner.ts';
import { scratchMadeBy } from './machine/scratch.ts';
import type { Environment } from './runner.ts';
import { parseState, STATE_NAME } from './state.ts';

/** Milliseconds for what post does, which may take 20 s with its own start and end: a runner that cancels a job does not wait for long. */
const PATIENCE = 15_000;

/**
 * Takes away what the step has left for the rest of the job: its daemon, and all of it when the step was killed. A step that still
 * runs is ended first.
 * It reads saved state only, and a problem is a warning: the image is where it should be.
 * @param warn shows one message to the user
 */
export async function cleanUp(env: Environment, warn: (message: string) => void): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  const { step, scratch } = parseState(env[`STATE_${STATE_NAME}`]);
  if (step !== undefined) {
    await endStep(step).catch((error: unknown) => warn(messageOf(error)));
  }
  const made = step === undefined ? [] : await scratchMadeBy(step);
  const unsaved = made.filter(({ directory }) => scratch.every((one) => one.directory !== directory));
  const removing = [...scratch, ...unsaved].map(({ directory, bulk }) =>
    disposeScratch({ directory, bulk }, deadline - Date.now()).catch((error: unknown) => {
      warn(
        `${directory} and ${bulk} could not be removed: ${messageOf(error)}. The next run on this machine tries again.`,
      );
    }),
  );
  await Promise.all(removing);
}
