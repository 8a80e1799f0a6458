import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { disposeScratch } from './dispose.ts';
import { namingFullDisks } from './full-disk.ts';
import { createScratch, exists, jobOwner, type Scratch, scratchAt, stepOwner, writeRecord } from './scratch.ts';

/** The private place of a running step, and what it leaves to the rest of the job. */
export interface StepScratch extends Scratch {
  /** Docker configuration of this step alone: BuildKit reads its logins from there, and writes into it. */
  readonly dockerConfig: string;
  /** Has post take further scratch away. Call it before that is made. */
  readonly remember: (scratch: Scratch) => void;
  /** Ends what only the step needed, and hands the rest over to the job. */
  readonly close: () => Promise<void>;
}

/** @param save stores the scratch that post has to take away, before the next of it is made */
export async function openStep(options: {
  readonly temp: string;
  readonly save: (scratch: readonly Scratch[]) => void;
}): Promise<StepScratch> {
  const { temp, save } = options;
  const own = scratchAt(`step-${randomBytes(6).toString('hex')}`, temp);
  const left: Scratch[] = [];
  save([own]);
  const owner = await stepOwner();
  await namingFullDisks([own.directory], () => createScratch(own, owner));
  const dockerConfig = join(own.directory, 'docker');
  await mkdir(dockerConfig, { mode: 0o700 });
  return {
    ...own,
    dockerConfig,
    remember: (scratch) => {
      left.push(scratch);
      save([own, ...left]);
    },
    close: async () => {
      await disposeScratch(own);
      for (const scratch of left) {
        if (await exists(scratch)) {
          await writeRecord(scratch, await jobOwner());
        }
      }
    },
  };
}
