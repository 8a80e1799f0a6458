import { basename } from 'node:path';
import { isOfDaemon } from './daemon-scratch.ts';
import { findDaemon } from './leftovers.ts';
import { type ProcessId, processesWith, waitForEnd } from './processes.ts';
import type { Scratch } from './scratch.ts';

/** A variable that all programs have that a step starts, and what they start in turn; its value is the name of the step's scratch. */
export const STEP_VARIABLE = 'BUILDKIT_AWS_STEP';

/** What may be in the middle of writing gets so long to end by itself. Milliseconds. */
const GRACE = 500;

/**
 * What a step has started goes on by itself when the step is killed: buildctl, for which its daemon would wait, or a clone. All of it
 * has the name of the step among its variables or a path of the scratch among its arguments; what that has started in turn is in
 * its process group. Git takes its locks away when it is asked to end.
 */
export async function stopClients(scratch: Scratch): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const clients = await findClients(scratch);
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
  const mark = `\0${STEP_VARIABLE}=${basename(directory)}\0`;
  // Below the other place of a daemon is what its build steps are about, and those end with it.
  const places = isOfDaemon(scratch) ? [`${directory}/`] : [`${directory}/`, `${bulk}/`];
  const [named, marked, daemons] = await Promise.all([
    processesWith('cmdline', (line) => places.some((place) => line.includes(place))),
    isOfDaemon(scratch) ? [] : processesWith('environ', (text) => `\0${text}`.includes(mark)),
    findDaemon(scratch),
  ]);
  const others = new Set([process.pid, ...daemons.map(({ pid }) => pid)]);
  return [...named, ...marked].filter(({ pid }) => !others.has(pid));
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
