import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from './processes.ts';

/** A process as others on the machine could have seen it. */
export interface SeenProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly argv: readonly string[];
  /** `NAME=value` each; empty for one that had ended before it was asked. */
  readonly environment: readonly string[];
}

const EVERY_MS = 15;

/**
 * Runs something and collects all processes of the machine meanwhile, each with the arguments and the variables that it had. One that
 * lives for less than a few milliseconds can be missed.
 */
export async function watchProcesses<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly processes: readonly SeenProcess[] }> {
  const seen = new Map<string, SeenProcess>();
  const running = new AbortController();
  const watching = watchUntil(running.signal, seen);
  try {
    const result = await work();
    return { result, processes: [...seen.values()] };
  } finally {
    running.abort();
    await watching;
  }
}

async function watchUntil(signal: AbortSignal, seen: Map<string, SeenProcess>): Promise<void> {
  while (!signal.aborted) {
    for (const { pid, ppid, startTime, argv } of listProcesses()) {
      // A process that becomes another program has other arguments.
      const key = `${pid} ${startTime} ${argv.join('\0')}`;
      if (!seen.has(key)) {
        seen.set(key, { pid, ppid, argv, environment: environmentOf(pid, argv) });
      }
    }
    await sleep(EVERY_MS);
  }
}

/** Nothing when it has become another program since its arguments were read. */
function environmentOf(pid: number, argv: readonly string[]): string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === argv.map((argument) => `${argument}\0`).join('')
      ? lines
      : [];
  } catch {
    return [];
  }
}

/** Whether a process is one of some, or was started by one of them, or by one that was. */
export function descendsFrom(
  process: SeenProcess,
  { isAncestor, all }: { readonly isAncestor: (process: SeenProcess) => boolean; readonly all: readonly SeenProcess[] },
): boolean {
  const parents = all.filter(({ pid }) => pid === process.ppid && pid !== process.pid);
  return isAncestor(process) || parents.some((parent) => descendsFrom(parent, { isAncestor, all }));
}
