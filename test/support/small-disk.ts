import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A file system of its own, which is soon full. */
export interface SmallDisk {
  readonly path: string;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Needs root. @param megabytes of 2^20 bytes @param names of directories in it */
export async function mountSmallDisk(megabytes: number, ...names: readonly string[]): Promise<SmallDisk> {
  const path = await mkdtemp('/tmp/bka-disk-');
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', path]);
  await Promise.all(names.map((name) => mkdir(join(path, name))));
  return {
    path,
    close: async () => {
      await run('umount', ['-l', path]);
      await rm(path, { recursive: true });
    },
  };
}
