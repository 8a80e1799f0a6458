import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { endSteps, unmountBelow } from './leftovers.ts';
import { argvOf, PLAIN_ENVIRONMENT, runAs } from './run.ts';

/**
 * A place for the data of one daemon that is kept between jobs. Whoever holds the lock has it: the kernel lets go of a lock when the
 * last process ends that holds it, whatever ends it, and knows it from every container that shares the directory. The file is
 * never removed, and has the name of the scratch that took it last. BuildKit's own lock would not do: it removes that
 * file when it ends, and two daemons can hold one each.
 */
export interface Slot {
  readonly directory: string;
  readonly lock: string;
}

/** @param number from 1 */
export function slotAt(
  root: string,
  { number, privilege, uid }: { number: number; privilege: Privilege; uid: number },
): Slot {
  // What a rootless daemon keeps has the ids of its user, and no other daemon can read it.
  const name = privilege === 'rootless' ? `rootless-${uid}-slot-${number}` : `slot-${number}`;
  return slotOf(join(root, name));
}

export function slotOf(directory: string): Slot {
  return { directory, lock: `${directory}.lock` };
}

/**
 * Takes away what a daemon that was killed has left running and mounted; the data stay.
 * @returns false when a living daemon has the slot
 * @throws when something cannot be ended, or locks do not work
 */
export async function recoverSlot(slot: Slot, privilege: Privilege): Promise<boolean> {
  return whileLocked(slot, { privilege, patience: 0 }, async () => {
    const name = await lastIn(slot);
    if (name !== undefined) {
      await endSteps(name, privilege);
    }
    await clearSlot(slot, privilege);
  });
}

/** The same when the daemon of that scratch ends; another one may have the slot already. */
export async function leaveSlot(
  slot: Slot,
  { name, privilege }: { name: string; privilege: Privilege },
): Promise<void> {
  if ((await lastIn(slot)) === name) {
    // Its last process may hold the lock for a moment more.
    await whileLocked(slot, { privilege, patience: 5 }, () => clearSlot(slot, privilege));
  }
}

/**
 * BuildKit's own record of its builds goes: nobody asks for it in another job, where a cache was kept by the runner it has the runner's token
 * in it, and what is deleted from it stays in the file in parts.
 * Source: BuildKit v0.32.2, cmd/buildkitd/main.go (history.db); experiments.
 */
async function clearSlot({ directory }: Slot, privilege: Privilege): Promise<void> {
  await unmountBelow([directory], privilege);
  await runAs(privilege, ['rm', '-f', join(directory, 'history.db')]);
}

/** Name of the scratch whose daemon has taken the slot last. */
async function lastIn({ lock }: Slot): Promise<string | undefined> {
  const name = (await readFile(lock, 'utf8').catch(() => '')).trim();
  return /^(?:daemon|rootless)-[0-9a-f]+$/.test(name) ? name : undefined;
}

/** Holds a lock until its input ends. The file can be read by everybody, whatever the umask of root is. */
const HOLD = `umask 022; exec flock "$@" sh -c 'echo locked; cat >/dev/null'`;

/**
 * @param options.patience seconds
 * @returns whether the lock could be had
 * @throws Error when locks do not work
 */
async function whileLocked(
  { lock }: Slot,
  { privilege, patience }: { readonly privilege: Privilege; readonly patience: number },
  work: () => Promise<void>,
): Promise<boolean> {
  const wait = patience === 0 ? ['-n'] : ['-w', String(patience)];
  const [program, ...args] = argvOf(privilege, ['sh', '-c', HOLD, 'sh', ...wait, lock]);
  const holder = spawn(program, args, { env: PLAIN_ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(holder, 'close');
  const errors: string[] = [];
  holder.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const [outcome] = await Promise.race([once(holder.stdout, 'data'), ended]);
  if (!Buffer.isBuffer(outcome)) {
    // Source: flock(1): 1 when another one holds the lock.
    if (outcome === 1 && errors.length === 0) {
      return false;
    }
    throw new Error(`flock does not work on ${lock}: ${errors.join('').trim() || `it ended with ${outcome}`}`);
  }
  try {
    await work();
    return true;
  } finally {
    holder.stdin.end();
    await ended;
  }
}
