import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { disposeScratch } from './dispose.ts';
import { createScratch, jobOwner, readRecord, type Scratch, scratchAt, stepOwner, writeRecord } from './scratch.ts';

/** The private place of a running step, and what it leaves to the rest of the job. */
export interface StepScratch extends Scratch {
  /** Docker configuration of this step alone: BuildKit reads its logins from there, and writes into it. */
  readonly dockerConfig: string;
  /** Has post take another scratch directory away. Call it before that directory is made. */
  readonly remember: (directory: string) => void;
  /** Ends what only the step needed, and hands the rest over to the job. */
  readonly close: () => Promise<void>;
}

/** @param save stores the directories that post has to take away, before the next of them is made */
export async function openStep({
  temp,
  save,
}: {
  temp: string;
  save: (directories: string[]) => void;
}): Promise<StepScratch> {
  const scratch = scratchAt(`step-${randomBytes(6).toString('hex')}`, temp);
  const remembered: string[] = [];
  const remember = (directory: string) => {
    remembered.push(directory);
    save([...remembered]);
  };
  remember(scratch.directory);
  await createScratch(scratch, { owner: await stepOwner() });
  const dockerConfig = join(scratch.directory, 'docker');
  await mkdir(dockerConfig, { mode: 0o700 });
  return {
    ...scratch,
    dockerConfig,
    remember,
    close: async () => {
      await disposeScratch(scratch.directory);
      for (const directory of remembered.slice(1)) {
        await handOver(directory);
      }
    },
  };
}

async function handOver(directory: string): Promise<void> {
  const record = await readRecord(directory);
  if (record !== undefined) {
    await writeRecord(directory, { ...record, owner: await jobOwner() });
  }
}
