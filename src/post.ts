import { messageOf } from './failure.ts';
import { disposeScratch } from './machine/dispose.ts';
import type { Environment } from './runner.ts';
import { parseState, STATE_NAME } from './state.ts';

/**
 * Takes away what the step has left for the rest of the job: its daemon, and all of it when the step was killed.
 * It reads saved state only, and a problem is a warning: the image is where it should be.
 * @param warn shows one message to the user
 */
export async function cleanUp(env: Environment, warn: (message: string) => void): Promise<void> {
  const { scratch } = parseState(env[`STATE_${STATE_NAME}`]);
  for (const { directory, bulk } of scratch.toReversed()) {
    try {
      await disposeScratch({ directory, bulk });
    } catch (error) {
      warn(`${directory} could not be removed: ${messageOf(error)}`);
    }
  }
}
