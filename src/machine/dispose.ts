import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../failure.ts';
import { type Privilege, runAsRoot } from './privilege.ts';
import { isAlive, type ProcessId, processOf, waitForEnd } from './processes.ts';
import {
  abandonedScratch,
  cgroupOf,
  isOfDaemon,
  isScratch,
  readDaemonProcess,
  removeDirectory,
  type Scratch,
} from './scratch.ts';

/**
 * Takes scratch away with all that runs, is mounted or lies below it. What is gone already does not matter, and no
 * record is needed: everything follows from the paths.
 * @throws when something cannot be ended or removed
 */
export async function disposeScratch(scratch: Scratch): Promise<void> {
  if (!isScratch(scratch)) {
    throw new Error('this is no scratch directory of the action');
  }
  if (!isOfDaemon(scratch)) {
    await rm(scratch.bulk, { recursive: true, force: true });
    await removeDirectory(scratch.directory);
    return;
  }
  // What a daemon has made belongs to root; a user who could start one has sudo.
  const privilege = process.getuid?.() === 0 ? 'root' : 'sudo';
  await disposeDaemon(scratch, privilege);
  const { code, stderr } = await runAsRoot(privilege, ['rm', '-rf', '--', scratch.bulk]);
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
  const daemon = (await readDaemonProcess(scratch.directory)) ?? (await findDaemon(scratch));
  await stopClients(scratch);
  if (daemon !== undefined) {
    await stop(daemon, privilege);
  }
  await killCgroup(cgroupOf(scratch), privilege);
  await unmountBelow(scratch.bulk, privilege);
}

/** A daemon whose number is not written down any more, by the directory that it works in. */
async function findDaemon({ bulk }: Scratch): Promise<ProcessId | undefined> {
  const [found] = await processesWith('cmdline', (line) => line.split('\0').includes(join(bulk, 'root')));
  return found;
}

/** A build whose step was killed goes on by itself, and its daemon would wait for it. */
async function stopClients({ directory }: Scratch): Promise<void> {
  const clients = await processesWith('cmdline', (line) =>
    line.split('\0').some((word) => word.startsWith(`unix://${directory}/`)),
  );
  for (const { pid } of clients.filter((client) => client.pid !== process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or it is the daemon itself, which belongs to root and is ended next.
    }
  }
}

/**
 * Ends a daemon: one TERM lets a running build end, the third one ends it at once, and a KILL ends what hangs.
 * Source: BuildKit's signal handling, util/appcontext.
 */
async function stop(daemon: ProcessId, privilege: Privilege): Promise<void> {
  const rounds = [
    { signals: ['TERM'], wait: 8_000 },
    { signals: ['TERM', 'TERM'], wait: 2_000 },
    { signals: ['KILL'], wait: 2_000 },
  ];
  for (const { signals, wait } of rounds) {
    for (const signal of signals) {
      if (await isAlive(daemon)) {
        await kill([daemon], { signal, privilege });
      }
    }
    if (await waitForEnd(daemon, wait)) {
      return;
    }
  }
  throw new Error(`the BuildKit daemon (process ${daemon.pid}) does not end`);
}

/** By the shell's own `kill`: not every image has a program of that name. */
async function kill(processes: readonly ProcessId[], options: { signal: string; privilege: Privilege }): Promise<void> {
  const pids = processes.map(({ pid }) => String(pid));
  await runAsRoot(options.privilege, ['sh', '-c', 'kill -s "$@"', 'sh', options.signal, ...pids]);
}

/** Ends the build steps that a killed daemon has left running: they are found by the cgroup that it gave to them. */
async function killCgroup(cgroup: string, privilege: Privilege): Promise<void> {
  // Source: cgroups(7). One line per hierarchy: number, controllers, path.
  const steps = await processesWith('cgroup', (text) =>
    text.split('\n').some((line) => line.split(':')[2]?.split('/').includes(cgroup)),
  );
  if (steps.length > 0) {
    await kill(steps, { signal: 'KILL', privilege });
    await Promise.all(steps.map((step) => waitForEnd(step, 2_000)));
  }
  const groups = ['-depth', '-type', 'd', '(', '-name', cgroup, '-o', '-path', `*/${cgroup}/*`, ')'];
  await runAsRoot(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';']);
}

/** The processes of which a file in /proc says something. */
async function processesWith(file: 'cmdline' | 'cgroup', fits: (text: string) => boolean): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    return fits(text) ? await processOf(Number(pid)) : undefined;
  });
  return (await Promise.all(found)).filter((process) => process !== undefined);
}

async function unmountBelow(directory: string, privilege: Privilege): Promise<void> {
  // Last mounted first; lazily, because a step that was just ended may still hold one for a moment.
  for (const path of (await mountsBelow(directory)).reverse()) {
    await runAsRoot(privilege, ['umount', '-l', path]);
  }
  const [left] = await mountsBelow(directory);
  if (left !== undefined) {
    throw new Error(`${left} is still mounted`);
  }
}

/** Source: proc_pid_mountinfo(5); spaces and the like are written as octal numbers. */
async function mountsBelow(directory: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path.startsWith(join(directory, '/')));
}
