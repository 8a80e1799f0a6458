import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Job } from './job.ts';
import { waitFor } from './wait.ts';

/** A control group whose memory is limited: what runs out of memory in it does so alone, whatever the rest of the machine has. */
export interface MemoryGroup {
  /** Puts a command into it: `[...enter, 'program', 'argument']`. */
  readonly enter: readonly string[];
  /** Leaves so much beside what is used in it now. */
  limitTo(rest: number): Promise<void>;
  close(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';
/** Version 1 of control groups has a tree for memory alone. */
const isFirst = existsSync(join(ROOT, 'memory'));
const TREE = isFirst ? join(ROOT, 'memory') : ROOT;
const [LIMIT, USE] = isFirst ? ['memory.limit_in_bytes', 'memory.usage_in_bytes'] : ['memory.max', 'memory.current'];

export async function openMemoryGroup(name: string): Promise<MemoryGroup> {
  const directory = join(TREE, name);
  await mkdir(directory);
  const members = join(directory, 'cgroup.procs');
  return {
    enter: ['sh', '-c', 'echo $$ >"$0" && exec "$@"', members],
    limitTo: async (rest) => {
      const use = Number(await readFile(join(directory, USE), 'utf8'));
      await writeFile(join(directory, LIMIT), String(use + rest));
    },
    close: async () => {
      await waitFor(
        async () => (await readFile(members, 'utf8')) === '',
        'the end of all that is in the control group',
      );
      await rmdir(directory);
    },
  };
}

/** Limits what all build steps of the daemon of a job may have at a time, once one has run. */
export async function limitSteps(job: Job, bytes: number): Promise<void> {
  const names = job.scratch().map((directory) => `buildkit-aws-${basename(directory)}`);
  const groups = (await readdir(TREE)).filter((name) => names.includes(name));
  if (groups.length !== 1) {
    throw new Error(`there are ${groups.length} control groups of the job`);
  }
  await writeFile(join(TREE, groups[0] ?? '', LIMIT), String(bytes));
}
