import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../failure.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { stopClients } from './clients.ts';
import { DAEMON_ROOT, isOfDaemon, keptRootOf, privilegeOf, ROOTLESSKIT, readDaemonProcess } from './daemon-scratch.ts';
import { endDaemon, endSteps, findDaemon, unmountBelow } from './leftovers.ts';
import { disconnectBridge } from './network.ts';
import { isAlive, type ProcessId, signal, waitForEnd } from './processes.ts';
import { run, runAs } from './run.ts';
import { abandonedScratch, inPassing, isScratch, removeDirectory, type Scratch } from './scratch.ts';
import { leaveSlot, slotOf } from './slots.ts';

/** What a step waits for when it takes something down: nobody should wait for longer, and what is left the next run finds. Milliseconds. */
const PATIENCE = 45_000;

/** Of the patience, for a removal that is not done in time to be ended. Milliseconds. */
const MARGIN = 500;

/**
 * Takes scratch away with all that runs, is mounted or lies below it. What is gone already does not matter, and no
 * record is needed: everything follows from the paths. Data that are kept beyond the job stay where they are.
 * @param patience milliseconds; what has not ended by then is left to the next run
 * @throws Error when something cannot be ended or removed, or not in that time
 */
export async function disposeScratch(scratch: Scratch, patience = PATIENCE): Promise<void> {
  if (!isScratch(scratch)) {
    throw new Error('this is no scratch directory of the action');
  }
  const deadline = Date.now() + patience;
  const work = isOfDaemon(scratch) ? disposeOfDaemon(scratch, deadline) : disposeOfStep(scratch);
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`it takes more than ${Math.ceil(patience / 1000)} s`)), patience).unref();
  });
  await Promise.race([work, late]);
}

async function disposeOfStep(scratch: Scratch): Promise<void> {
  await stopClients(scratch);
  // Work that goes on in this process may put something there meanwhile.
  await rm(scratch.bulk, { recursive: true, force: true, maxRetries: 3 });
  await removeDirectory(scratch.directory);
}

async function disposeOfDaemon(scratch: Scratch, deadline: number): Promise<void> {
  const privilege = privilegeOf(scratch);
  await disposeDaemon(scratch, privilege);
  // Before nobody waits any more: what is not ended by then would go on. One that is zero would be none.
  const left = () => Math.max(1, deadline - Date.now() - MARGIN);
  if (privilege === 'rootless') {
    await removeMapped(scratch, left);
  }
  const { code, stderr } = await runAs(privilege, ['rm', '-rf', '--', scratch.bulk], left());
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
  const removing = found.map((scratch) =>
    disposeScratch(scratch).catch((error: unknown) => {
      const reason = messageOf(error);
      warn(`${scratch.bulk}, left by a job that was killed, cannot be removed: ${reason}`);
    }),
  );
  await Promise.all(removing);
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
  await endDaemon(scratch, privilege);
  await endSteps(name, privilege);
  // BuildKit mounts also below its directory for what is temporary, which is the small one.
  await unmountBelow([scratch.bulk, scratch.directory], privilege);
  if (privilege !== 'rootless') {
    await disconnectBridge(scratch, privilege);
  }
  const kept = await keptRootOf(scratch);
  if (kept !== undefined) {
    await leaveSlot(slotOf(kept), { name, privilege });
  }
}

/**
 * Ends a daemon, whose builds have nobody to work for any more: one TERM lets it write down what it knows, the third one ends it at
 * once, and a KILL ends what hangs. rootlesskit hands them on, and what it runs ends with it.
 * Source: BuildKit's signal handling, util/appcontext.
 */
async function stop(daemon: ProcessId, privilege: Privilege): Promise<void> {
  const rounds = [
    { signals: ['TERM'], wait: 3_000 },
    { signals: ['TERM', 'TERM'], wait: 1_000 },
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
async function removeMapped(scratch: Scratch, left: () => number): Promise<void> {
  const data = join(scratch.bulk, DAEMON_ROOT);
  const own = await run(['rm', '-rf', '--', data], left());
  if (own.code === 0) {
    return;
  }
  const mapped = await inPassing(scratch, (directory) =>
    run([join(scratch.bulk, ROOTLESSKIT), `--state-dir=${join(directory, 's')}`, 'rm', '-rf', '--', data], left()),
  );
  if (mapped.code !== 0) {
    throw new Error(mapped.stderr.trim());
  }
}
