import { readFile } from 'node:fs/promises';

/** A process that cannot be mistaken for a later one with the same number. Source: proc_pid_stat(5). */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between the boot of the machine and the start of the process. */
  readonly start: string;
}

/** The process with this number, or undefined when there is none or it has ended and waits to be reaped. */
export async function processOf(pid: number): Promise<ProcessId | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program stands in parentheses and may hold anything, parentheses and spaces included.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields[18];
  return start === undefined || state === 'Z' ? undefined : { pid, start };
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
