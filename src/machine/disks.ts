import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../failure.ts';

/** The file system that something lies on. */
export interface Disk {
  /** Which of the places that were asked for. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** Whether it takes no further file, however much space there is. */
  readonly hasNoInodes: boolean;
  /** Whether there is next to nothing left. */
  readonly isFull: boolean;
}

/** Part of a file system that counts as next to nothing: what did not fit was larger than it. */
const NEXT_TO_NOTHING = 0.01;

/** What the system, Git and BuildKit say of a full disk. Source: errno(3), ENOSPC and EDQUOT. */
export const NO_SPACE = /\bENOSPC\b|\bEDQUOT\b|no space left on device|disk quota exceeded/i;

/**
 * The file systems of some places, each once, by the first of them that lies on it. A place that is not there yet counts as the directory
 * that it will be made in.
 */
export async function lookAtDisks(paths: readonly string[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>();
  for (const path of paths) {
    const found = await nearest(path);
    if (found !== undefined && !disks.has(found.device)) {
      disks.set(found.device, { ...(await measure(found.path)), path });
    }
  }
  return [...disks.values()];
}

async function measure(path: string): Promise<Omit<Disk, 'path'>> {
  const { blocks, bavail, bsize, files, ffree } = await statfs(path);
  const hasNoInodes = files > 0 && ffree === 0;
  const [size, free] = [blocks * bsize, bavail * bsize];
  return { size, free, hasNoInodes, isFull: hasNoInodes || free < size * NEXT_TO_NOTHING };
}

async function nearest(path: string): Promise<{ readonly path: string; readonly device: number } | undefined> {
  try {
    return { path, device: (await stat(path)).dev };
  } catch (error) {
    const isThere = codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR' && codeOf(error) !== 'EACCES';
    return isThere || dirname(path) === path ? undefined : nearest(dirname(path));
  }
}
