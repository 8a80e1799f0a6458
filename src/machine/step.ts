import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../failure.ts';
import { markPrograms } from './clients.ts';
import { disposeScratch } from './dispose.ts';
import { namingFullDisks } from './full-disk.ts';
import { jobOwner, type Owner, stepOwner } from './owner.ts';
import { createScratch, exists, type Scratch, scratchAt, writeRecord } from './scratch.ts';

/** The private place of a running step, and what it leaves to the rest of the job. */
export interface StepScratch extends Scratch {
  /** Docker configuration of this step alone: BuildKit reads its logins from there, and writes into it. */
  readonly dockerConfig: string;
  /** Has post take further scratch away. Call it before that is made. */
  readonly remember: (scratch: Scratch) => void;
  /** Ends what only the step needed, and hands the rest over to the job. What cannot be taken away is left to post. */
  readonly close: (warn: (message: string) => void) => Promise<void>;
}

/** A step that is cancelled has 7500 milliseconds for all of its end. */
const CLOSING = 5_000;

/**
 * Makes the private place of this process, and marks with its name all that this process will start.
 * @param save stores what post has to take away, before the next of it is made
 */
export async function openStep(options: {
  readonly temp: string;
  readonly save: (state: { readonly step: Owner; readonly scratch: readonly Scratch[] }) => void;
}): Promise<StepScratch> {
  const { temp, save } = options;
  const own = scratchAt(`step-${randomBytes(6).toString('hex')}`, temp);
  const left: Scratch[] = [];
  const step = await stepOwner();
  save({ step, scratch: [own] });
  markPrograms(basename(own.directory));
  const dockerConfig = join(own.directory, 'docker');
  await namingFullDisks([own.directory], async () => {
    await createScratch(own, step);
    await mkdir(dockerConfig, { mode: 0o700 });
  });
  return {
    ...own,
    dockerConfig,
    remember: (scratch) => {
      left.push(scratch);
      save({ step, scratch: [own, ...left] });
    },
    close: async (warn) => {
      await disposeScratch(own, CLOSING).catch((error: unknown) => {
        warn(`${own.directory} and ${own.bulk} could not be removed yet: ${messageOf(error)}`);
      });
      for (const scratch of left) {
        if (await exists(scratch)) {
          await writeRecord(scratch, await jobOwner());
        }
      }
    },
  };
}
