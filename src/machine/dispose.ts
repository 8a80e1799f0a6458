import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Privilege, runAsRoot } from './privilege.ts';
import { isAlive, type ProcessId, processOf, waitForEnd } from './processes.ts';
import { abandonedScratch, readDaemonProcess, readRecord, removeDirectory } from './scratch.ts';

/**
 * Takes a scratch directory away with all that runs, is mounted or lies below it. What is gone already does not matter.
 * @throws when something cannot be removed
 */
export async function disposeScratch(directory: string): Promise<void> {
  const record = await readRecord(directory);
  if (record?.daemon !== undefined) {
    await disposeDaemon({ directory, bulk: record.bulk, ...record.daemon });
  }
  if (record !== undefined) {
    // What is left under it belongs to root when a daemon ran.
    await remove(record.daemon?.privilege ?? 'root', record.bulk);
  }
  await removeDirectory(directory);
}

/**
 * Takes away what jobs that were killed have left on this machine.
 * @param warn called with what could not be removed
 * @returns the directories that were removed
 */
export async function sweep(warn: (message: string) => void): Promise<string[]> {
  const removed: string[] = [];
  for (const directory of await abandonedScratch()) {
    try {
      await disposeScratch(directory);
      removed.push(directory);
    } catch (error) {
      warn(
        `${directory}, left by a job that was killed, cannot be removed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return removed;
}

async function disposeDaemon(options: {
  readonly directory: string;
  readonly bulk: string;
  readonly privilege: Privilege;
  readonly cgroup: string;
}): Promise<void> {
  const { directory, bulk, privilege, cgroup } = options;
  const daemon = await readDaemonProcess(directory);
  if (daemon !== undefined) {
    await stop(daemon, privilege);
  }
  await killCgroup(cgroup, privilege);
  await unmountBelow(bulk, privilege);
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
        await runAsRoot(privilege, ['kill', '-s', signal, String(daemon.pid)]);
      }
    }
    if (await waitForEnd(daemon, wait)) {
      return;
    }
  }
}

/** Ends the build steps that a killed daemon has left running: they are found by the cgroup that it gave to them. */
async function killCgroup(cgroup: string, privilege: Privilege): Promise<void> {
  const steps = await processesIn(cgroup);
  if (steps.length > 0) {
    await runAsRoot(privilege, ['kill', '-s', 'KILL', ...steps.map(({ pid }) => String(pid))]);
    await Promise.all(steps.map((step) => waitForEnd(step, 2_000)));
  }
  const groups = ['-depth', '-type', 'd', '(', '-name', cgroup, '-o', '-path', `*/${cgroup}/*`, ')'];
  await runAsRoot(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';']);
}

async function processesIn(cgroup: string): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    // Source: cgroups(7). One line per hierarchy: number, controllers, path.
    const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')).split('\n');
    return lines.some((line) => line.split(':')[2]?.split('/').includes(cgroup))
      ? await processOf(Number(pid))
      : undefined;
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

/** Removes what a scratch record names, and only if it is named as scratch is. */
async function remove(privilege: Privilege, bulk: string): Promise<void> {
  if (!basename(bulk).startsWith('buildkit-aws-')) {
    return;
  }
  const { code, stderr } = await runAsRoot(privilege, ['rm', '-rf', '--', bulk]);
  if (code !== 0) {
    throw new Error(stderr.trim());
  }
}
