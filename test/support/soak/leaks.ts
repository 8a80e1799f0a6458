import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ACCOUNT } from '../account.ts';
import type { Job } from '../job.ts';
import { filesHolding } from '../leaks.ts';
import { mountsUnder, processesNaming } from '../processes.ts';
import { traces } from '../traces.ts';
import type { Lane } from './lane.ts';

/** What the runner masks is a secret, and so is the key of the account. */
export function secretsOf(masks: readonly string[]): string[] {
  return [...new Set([...masks, ACCOUNT.secretAccessKey])].filter((text) => text.length > 8);
}

/** Files of the job that hold a secret. */
export async function secretsLeft(job: Job, secrets: readonly string[]): Promise<string[]> {
  const files = await filesHolding(secrets, [job.temp, job.home, job.workspace, job.toolCache, ...job.scratch()]);
  return files.map((file) => `a secret in ${file}`);
}

/** Everything of a job that has outlived it. */
export async function leftBy(job: Job, secrets: readonly string[]): Promise<string[]> {
  // With data elsewhere, a daemon names only its scratch.
  const processes = job.scratch().flatMap((directory) => processesNaming(`${directory}/`));
  return [...(await traces(job)), ...processes.map(({ argv }) => argv.join(' ')), ...(await secretsLeft(job, secrets))];
}

/** How long the run of another lane may need for what it has begun to take away. Milliseconds */
const PATIENCE = 20_000;

/** What later builds on the machine have not taken away of jobs that were killed; looked at once a later build has ended well. */
export async function leftByAbandoned({ abandoned }: Lane): Promise<{ index: number; leaks: readonly string[] }[]> {
  return Promise.all(
    abandoned.splice(0).map(async ({ index, job }) => {
      const deadline = Date.now() + PATIENCE;
      let leaks = await leftBy(job, secretsOf([]));
      while (leaks.length > 0 && Date.now() < deadline) {
        await sleep(200);
        leaks = await leftBy(job, secretsOf([]));
      }
      await job.remove();
      return { index, leaks };
    }),
  );
}

/** What is wrong with `buildkitRoot` when all jobs have ended: slots that are taken, mounts, secrets, more slots than lanes. */
export async function leftInRoot(root: string, lanes: number): Promise<string[]> {
  if (!existsSync(root)) {
    return [];
  }
  const names = await readdir(root);
  const locks = names.filter((name) => name.endsWith('.lock'));
  const taken = await Promise.all(locks.map((lock) => isTaken(join(root, lock))));
  const slots = names.length - locks.length;
  return [
    ...locks.filter((_, index) => taken[index]).map((lock) => `${lock} is taken`),
    ...mountsUnder(root).map((path) => `${path} is mounted`),
    ...(await filesHolding(secretsOf([]), [root])).map((file) => `a secret in ${file}`),
    ...(slots > lanes ? [`${slots} slots for ${lanes} builds at a time`] : []),
  ];
}

async function isTaken(lock: string): Promise<boolean> {
  return promisify(execFile)('flock', ['--nonblock', lock, 'true']).then(
    () => false,
    () => true,
  );
}
