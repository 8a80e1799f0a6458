import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { stepOwner } from './owner.ts';
import { isAlive } from './processes.ts';

/** What is made for a moment and is as old as this belongs to nobody. Milliseconds. */
const OLD = 3_600_000;

/**
 * A part of the name of what this process makes for a moment. By it others see whether its maker still lives: letters, digits and
 * hyphens, at most 30, because the paths of sockets are short.
 */
export async function makerTag(): Promise<string> {
  const { pid, start, boot, namespace } = await stepOwner();
  return `${pid}-${start}-${placeOf(boot, namespace)}`;
}

/** Whether the maker of something has ended. @param tag of its name */
export async function isMakerGone(path: string, tag: string): Promise<boolean> {
  const [pid, start = '', place] = tag.split('-');
  const { boot, namespace } = await stepOwner();
  if (place === placeOf(boot, namespace)) {
    return !(await isAlive({ pid: Number(pid), start }));
  }
  // Of another boot, or of a PID namespace into which nobody can look from here.
  const made = await stat(path).catch(() => undefined);
  return made === undefined || Date.now() - made.mtimeMs > OLD;
}

function placeOf(boot: string, namespace: string): string {
  return createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 8);
}
