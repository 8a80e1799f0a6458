import { basename } from 'node:path';
import { isOfDaemon } from './daemon-scratch.ts';
import { findDaemon } from './leftovers.ts';
import { type ProcessId, processesWith, waitForEnd } from './processes.ts';
import type { Scratch } from './scratch.ts';

/** A variable of all programs that a step starts, and of what they start in turn. */
const MARK = 'BUILDKIT_AWS_STEP';

/** Marks all that this process will start with the name of its step. */
export function markPrograms(name: string): void {
  process.env[MARK] = name;
}

/** What may be in the middle of writing gets so long to end by itself. Milliseconds. */
const GRACE = 500;

/**
 * What a step has started goes on by itself when the step is killed: buildctl, for which its daemon would wait, or a clone. All of it
 * has the name of the step among its variables or a path of the scratch among its arguments; what that has started in turn is in
 * its process group. Git takes its locks away when it is asked to end.
 */
export async function stopClients(scratch: Scratch): Promise<void> {
  await stopAll(() => findClients(scratch));
}

/** The same for a step that has no scratch. */
export async function stopMarked(name: string): Promise<void> {
  await stopAll(() => findMarked(name));
}

async function stopAll(find: () => Promise<readonly ProcessId[]>): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const clients = await find();
    if (clients.length === 0) {
      return;
    }
    clients.forEach((client) => {
      send(client, signal);
    });
    await Promise.all(clients.map((client) => waitForEnd(client, GRACE)));
  }
}

async function findClients(scratch: Scratch): Promise<ProcessId[]> {
  const { directory, bulk } = scratch;
  // Below the other place of a daemon is what its build steps are about, and those end with it.
  const places = isOfDaemon(scratch) ? [`${directory}/`] : [`${directory}/`, `${bulk}/`];
  const [named, marked, daemons] = await Promise.all([
    processesWith('cmdline', (line) => places.some((place) => line.includes(place))),
    isOfDaemon(scratch) ? [] : findMarked(basename(directory)),
    findDaemon(scratch),
  ]);
  const others = new Set([process.pid, ...daemons.map(({ pid }) => pid)]);
  return [...named, ...marked].filter(({ pid }) => !others.has(pid));
}

function findMarked(name: string): Promise<ProcessId[]> {
  return processesWith('environ', (text) => `\0${text}`.includes(`\0${MARK}=${name}\0`));
}

function send({ pid }: ProcessId, signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // It has ended, leads no group, or belongs to another user.
    }
  }
}
