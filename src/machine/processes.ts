import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { codeOf } from '../failure.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { runAs } from './run.ts';

/** A process that cannot be mistaken for a later one with the same number. Source: proc_pid_stat(5). */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between the boot of the machine and the start of the process. */
  readonly start: string;
}

/** The process with this number, or undefined when there is none or it has ended and waits to be reaped. */
export async function processOf(pid: number): Promise<ProcessId | undefined> {
  if (!hasProc()) {
    return exists(pid) ? { pid, start: '' } : undefined;
  }
  const stat = await readFile(`${PROC}/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program stands in parentheses and may hold anything, parentheses and spaces included.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields[18];
  return start === undefined || state === 'Z' ? undefined : { pid, start };
}

/** Where the kernel tells of processes. Other systems than Linux have no such place: there a process is its number alone. */
export const PROC = '/proc';

export function hasProc(): boolean {
  return existsSync(`${PROC}/self`);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

export async function isAlive({ pid, start }: ProcessId): Promise<boolean> {
  return (await processOf(pid))?.start === start;
}

/** Waits until a process has ended, at most so long. @returns whether it has */
export async function waitForEnd(process: ProcessId, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (await isAlive(process)) {
    if (Date.now() > deadline) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** The processes of which a file in /proc says something. */
export async function processesWith(
  file: 'cmdline' | 'cgroup' | 'environ' | 'mountinfo',
  fits: (text: string) => boolean,
): Promise<ProcessId[]> {
  const pids = (await readdir(PROC).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const text = await readFile(`${PROC}/${pid}/${file}`, 'utf8').catch(() => '');
    return fits(text) ? await processOf(Number(pid)) : undefined;
  });
  return (await Promise.all(found)).filter((process) => process !== undefined);
}

/** Milliseconds that sending a signal may take: sudo may hang. */
const PATIENCE = 3_000;

/** By the shell's own `kill`: not every image has a program of that name. */
export async function signal(
  processes: readonly ProcessId[],
  { name, privilege }: { readonly name: 'TERM' | 'KILL'; readonly privilege: Privilege },
): Promise<void> {
  const pids = processes.map(({ pid }) => String(pid));
  await runAs(privilege, ['sh', '-c', 'kill -s "$@"', 'sh', name, ...pids], PATIENCE);
}
