import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../failure.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { DAEMON_ROOT, isOfDaemon, keptRootOf, privilegeOf, ROOTLESSKIT, readDaemonProcess } from './daemon-scratch.ts';
import { end, endSteps, findDaemon, stopClients, unmountBelow } from './leftovers.ts';
import { disconnectBridge } from './network.ts';
import { isAlive, type ProcessId, signal, waitForEnd } from './processes.ts';
import { run, runAs } from './run.ts';
import { abandonedScratch, inPassing, isScratch, removeDirectory, type Scratch } from './scratch.ts';
import { leaveSlot, slotOf } from './slots.ts';

/**
 * Takes scratch away with all that runs, is mounted or lies below it. What is gone already does not matter, and no
 * record is needed: everything follows from the paths. Data that are kept beyond the job stay where they are.
 * @throws when something cannot be ended or removed
 */
export async function disposeScratch(scratch: Scratch): Promise<void> {
  if (!isScratch(scratch)) {
    throw new Error('this is no scratch directory of the action');
  }
  if (!isOfDaemon(scratch)) {
    await stopClients(scratch);
    await rm(scratch.bulk, { recursive: true, force: true });
    await removeDirectory(scratch.directory);
    return;
  }
  const privilege = privilegeOf(scratch);
  await disposeDaemon(scratch, privilege);
  if (privilege === 'rootless') {
    await removeMapped(scratch);
  }
  const { code, stderr } = await runAs(privilege, ['rm', '-rf', '--', scratch.bulk]);
  if (code !== 0) {
    throw new Error(stderr.trim());
  }
  await removeDirectory(scratch.directory);
}

/**
 * Takes away what jobs that were killed have left on this machine.
 * @param temp the runner's
 * @param warn called with what could not be removed
 */
export async function sweep(temp: string, warn: (message: string) => void): Promise<void> {
  const found = await abandonedScratch(temp).catch((error: unknown) => {
    warn(`Leftovers of other runs cannot be looked for: ${messageOf(error)}`);
    return [];
  });
  for (const scratch of found) {
    await disposeScratch(scratch).catch((error: unknown) => {
      const reason = messageOf(error);
      warn(`${scratch.bulk}, left by a job that was killed, cannot be removed: ${reason}`);
    });
  }
}

async function disposeDaemon(scratch: Scratch, privilege: Privilege): Promise<void> {
  const name = basename(scratch.directory);
  const [found] = await findDaemon(scratch);
  const daemon = (await readDaemonProcess(scratch.directory)) ?? found;
  await stopClients(scratch);
  if (daemon !== undefined) {
    await stop(daemon, privilege);
  }
  // What rootlesskit has started is ended by the kernel a moment after it.
  await end(await findDaemon(scratch), privilege);
  await endSteps(name, privilege);
  await unmountBelow(scratch.bulk, privilege);
  if (privilege !== 'rootless') {
    await disconnectBridge(scratch, privilege);
  }
  const kept = await keptRootOf(scratch);
  if (kept !== undefined) {
    await leaveSlot(slotOf(kept), { name, privilege });
  }
}

/**
 * Ends a daemon: one TERM lets a running build end, the third one ends it at once, and a KILL ends what hangs. rootlesskit
 * hands them on, and what it runs ends with it.
 * Source: BuildKit's signal handling, util/appcontext.
 */
async function stop(daemon: ProcessId, privilege: Privilege): Promise<void> {
  const rounds = [
    { signals: ['TERM'], wait: 8_000 },
    { signals: ['TERM', 'TERM'], wait: 2_000 },
    { signals: ['KILL'], wait: 2_000 },
  ] as const;
  for (const { signals, wait } of rounds) {
    for (const name of signals) {
      if (await isAlive(daemon)) {
        await signal([daemon], { name, privilege });
      }
    }
    if (await waitForEnd(daemon, wait)) {
      return;
    }
  }
  throw new Error(`the BuildKit daemon (process ${daemon.pid}) does not end`);
}

/** Files of the subordinate ids of a user are its own only inside of such a user namespace. */
async function removeMapped(scratch: Scratch): Promise<void> {
  const data = join(scratch.bulk, DAEMON_ROOT);
  const own = await run(['rm', '-rf', '--', data]);
  if (own.code === 0) {
    return;
  }
  const mapped = await inPassing(scratch, (directory) =>
    run([join(scratch.bulk, ROOTLESSKIT), `--state-dir=${join(directory, 's')}`, 'rm', '-rf', '--', data]),
  );
  if (mapped.code !== 0) {
    throw new Error(mapped.stderr.trim());
  }
}
