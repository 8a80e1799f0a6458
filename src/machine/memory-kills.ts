import { readFile, readlink } from 'node:fs/promises';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { PROC, type ProcessId } from './processes.ts';
import { runAs } from './run.ts';

/** A process that the kernel has ended for want of memory. */
export interface MemoryKill {
  /** Name of its program, fifteen characters at most. */
  readonly program: string;
  /** As the machine counts: another number than in a container. */
  readonly pid: number;
  /** Path of its control group, from the root of the machine. */
  readonly cgroup: string;
}

/** Who may have been killed. */
export interface Suspects {
  /** The daemon. */
  readonly process: ProcessId;
  /** Name of the control group of the build steps; undefined where they have none of their own. */
  readonly cgroup: string | undefined;
  readonly privilege: Privilege;
}

/** What the kernel has done since a build began. */
export interface MemoryKills {
  /** Processes of the whole machine that it has killed for want of memory. */
  readonly count: number;
  /** Those of the daemon and its build steps; undefined when it is not known which they are. */
  readonly own: readonly MemoryKill[] | undefined;
}

/**
 * How many processes of the machine the kernel has killed for want of memory since it was booted, whether all of it was used up or what a
 * control group may have.
 * Source: Linux, mm/oom_kill.c, OOM_KILL in /proc/vmstat.
 * @returns undefined where the kernel does not tell
 */
export async function countMemoryKills(): Promise<number | undefined> {
  const text = await readFile(`${PROC}/vmstat`, 'utf8').catch(() => '');
  const { count } = /^oom_kill (?<count>\d+)$/m.exec(text)?.groups ?? {};
  return count === undefined ? undefined : Number(count);
}

/**
 * What has been killed since, and whether it was of this build: other jobs may run on the machine.
 * @param before what was counted then
 * @returns undefined where the kernel does not tell
 */
export async function memoryKillsSince(
  before: number | undefined,
  suspects: Suspects,
): Promise<MemoryKills | undefined> {
  const first = await countMemoryKills();
  if (before === undefined || first === undefined) {
    return undefined;
  }
  if (first <= before) {
    return { count: 0, own: [] };
  }
  // The steps of a rootless daemon have no mark by which the kernel's log would tell them.
  const log = suspects.cgroup === undefined ? [] : await readLog(suspects.privilege);
  // One kill is often followed by the next: the log may have more of them by now.
  const count = ((await countMemoryKills()) ?? first) - before;
  const logged = log.slice(-count);
  const hasOwnNumbers = (await readlink(`${PROC}/self/ns/pid`).catch(() => '')) !== FIRST_NAMESPACE;
  const own = logged.filter((kill) => isOf(kill, { ...suspects, hasOwnNumbers }));
  return { count, own: own.length > 0 || logged.length === count ? own : undefined };
}

/** The PID namespace whose numbers the kernel's log has. Source: Linux, include/linux/proc_ns.h, PROC_PID_INIT_INO. */
const FIRST_NAMESPACE = 'pid:[4026531836]';

function isOf(
  { program, pid, cgroup: its }: MemoryKill,
  { process, cgroup, hasOwnNumbers }: Suspects & { readonly hasOwnNumbers: boolean },
): boolean {
  const isStep = cgroup !== undefined && its.split('/').includes(cgroup);
  return isStep || (program === 'buildkitd' && (hasOwnNumbers || pid === process.pid));
}

/** Fails with what dmesg says when the log may not be read. */
const READ_LOG = `log=$(dmesg) || exit; printf '%s\\n' "$log" | grep 'oom-kill:constraint=' | tail -n 100`;

/** Oldest first; none when the log may not be read. Source: Linux, mm/oom_kill.c, dump_oom_victim. */
async function readLog(privilege: Privilege): Promise<MemoryKill[]> {
  const { stdout } = await runAs(privilege, ['sh', '-c', READ_LOG]);
  return stdout.split('\n').flatMap((line) => {
    const { cgroup, program, pid } =
      /,task_memcg=(?<cgroup>[^,]*),task=(?<program>[^,]*),pid=(?<pid>\d+),uid=\d+\s*$/.exec(line)?.groups ?? {};
    return cgroup === undefined || program === undefined ? [] : [{ program, pid: Number(pid), cgroup }];
  });
}
