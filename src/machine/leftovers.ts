import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { cgroupOf, DAEMON_ROOT } from './daemon-scratch.ts';
import { type ProcessId, processesWith, signal, waitForEnd } from './processes.ts';
import { runAs } from './run.ts';
import type { Scratch } from './scratch.ts';

/** What takes no time by itself may hang, such as a mount whose server has gone. Milliseconds. */
const PATIENCE = 4_000;

/** The processes of a daemon by the directory that it works in: its number may not be written down any more. */
export async function findDaemon({ bulk }: Scratch): Promise<ProcessId[]> {
  const root = join(bulk, DAEMON_ROOT);
  return processesWith('cmdline', (line) => line.includes(`\0--root\0${root}\0`));
}

/**
 * Ends the build steps that a killed daemon has left running.
 * @param name of the daemon's scratch
 */
export async function endSteps(name: string, privilege: Privilege): Promise<void> {
  const cgroup = cgroupOf(name);
  const steps = privilege === 'rootless' ? await stepsByMounts(name) : await stepsByCgroup(cgroup);
  await end(steps, privilege);
  if (privilege !== 'rootless') {
    const groups = ['-depth', '-type', 'd', '(', '-name', cgroup, '-o', '-path', `*/${cgroup}/*`, ')'];
    await runAs(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';'], PATIENCE);
  }
}

/** Ends a daemon at once, also one that is just being started: who starts it has the same arguments. */
export async function endDaemon(scratch: Scratch, privilege: Privilege): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const found = await findDaemon(scratch);
    if (found.length === 0) {
      return;
    }
    await end(found, privilege);
  }
}

/** Ends processes at once, and waits until they are gone, for at most two seconds. */
async function end(processes: readonly ProcessId[], privilege: Privilege): Promise<void> {
  if (processes.length > 0) {
    await signal(processes, { name: 'KILL', privilege });
    await Promise.all(processes.map((process) => waitForEnd(process, 2_000)));
  }
}

/** Source: cgroups(7). One line per hierarchy: number, controllers, path. */
function stepsByCgroup(cgroup: string): Promise<ProcessId[]> {
  return processesWith('cgroup', (text) =>
    text.split('\n').some((line) => line.split(':')[2]?.split('/').includes(cgroup)),
  );
}

/**
 * A rootless daemon gives no control group to its steps. But the file systems that they see come from its scratch, and nothing
 * outside of its namespaces sees these.
 */
function stepsByMounts(name: string): Promise<ProcessId[]> {
  return processesWith('mountinfo', (text) => text.includes(`${name}/`));
}

/** @throws when something stays mounted */
export async function unmountBelow(directories: readonly string[], privilege: Privilege): Promise<void> {
  // Last mounted first; lazily, because a step that was just ended may still hold one for a moment.
  const paths = (await mountsBelow(directories)).reverse();
  if (paths.length > 0) {
    // All at once: where one hangs, each would.
    await runAs(privilege, ['umount', '-l', '--', ...paths], PATIENCE);
  }
  const [left] = await mountsBelow(directories);
  if (left !== undefined) {
    throw new Error(`${left} is still mounted`);
  }
}

/** Source: proc_pid_mountinfo(5); spaces and the like are written as octal numbers. */
async function mountsBelow(directories: readonly string[]): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => directories.some((directory) => path.startsWith(join(directory, '/'))));
}
