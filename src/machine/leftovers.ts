import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { cgroupOf, DAEMON_ROOT } from './daemon-scratch.ts';
import { type ProcessId, processesWith, signal, waitForEnd } from './processes.ts';
import { runAs } from './run.ts';
import type { Scratch } from './scratch.ts';

/** The processes of a daemon by the directory that it works in: its number may not be written down any more. */
export async function findDaemon({ bulk }: Scratch): Promise<ProcessId[]> {
  const root = join(bulk, DAEMON_ROOT);
  return processesWith('cmdline', (line) => line.includes(`\0--root\0${root}\0`));
}

/**
 * What a step has started goes on by itself when the step is killed: buildctl, for which its daemon would wait, or a clone. All of it
 * has a path of the scratch among its arguments; what that has started in turn is in its process group.
 */
export async function stopClients({ directory }: Scratch): Promise<void> {
  const clients = await processesWith('cmdline', (line) => line.includes(`${directory}/`));
  for (const { pid } of clients.filter((client) => client.pid !== process.pid)) {
    for (const target of [-pid, pid]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        // It has ended or leads no group, or it is the daemon itself, which belongs to root and is ended next.
      }
    }
  }
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
    await runAs(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';']);
  }
}

/** Ends processes at once, and waits until they are gone, for at most two seconds. */
export async function end(processes: readonly ProcessId[], privilege: Privilege): Promise<void> {
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
export async function unmountBelow(directory: string, privilege: Privilege): Promise<void> {
  // Last mounted first; lazily, because a step that was just ended may still hold one for a moment.
  for (const path of (await mountsBelow(directory)).reverse()) {
    await runAs(privilege, ['umount', '-l', path]);
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
