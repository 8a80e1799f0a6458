import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Process {
  readonly pid: number;
  readonly ppid: number;
  /** Empty for threads of the kernel. */
  readonly argv: readonly string[];
  /** Clock ticks since boot. Together with the pid it tells a process from a later one with the same pid. */
  readonly startTime: number;
}

/**
 * Every process of this machine, from /proc. Those that have ended and only wait for their parent to notice are left out:
 * in a container whose first process collects no orphans they stay for ever.
 */
export function listProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** The children of a process, their children, and so on. */
export function descendantsOf(pid: number, processes: readonly Process[] = listProcesses()): Process[] {
  const children = processes.filter(({ ppid }) => ppid === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)]);
}

/** The processes that have a text in one of their arguments, for example a directory that only they know. */
export function processesNaming(text: string): Process[] {
  return listProcesses().filter(({ argv }) => argv.some((argument) => argument.includes(text)));
}

/** Whether this very process still runs. */
export function isRunning({ pid, startTime }: Process): boolean {
  return readProcess(pid)?.startTime === startTime;
}

function readProcess(pid: number): Process | undefined {
  const stat = readProc(`${pid}/stat`);
  // The name of the program comes second, in parentheses, and may hold spaces and parentheses itself (proc(5)).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z') {
    return undefined;
  }
  const argv = (readProc(`${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
  return { pid, ppid: Number(fields[1]), startTime: Number(fields[19]), argv };
}

/** @returns undefined when the process ended meanwhile */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** The mount points at or under a directory, as this process sees them. */
export function mountsUnder(directory: string): string[] {
  return (readProc('self/mountinfo') ?? '')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => isUnder(path, directory));
}

/** The unix sockets at or under a directory that a process has open. */
export function socketsUnder(directory: string): string[] {
  return (readProc('net/unix') ?? '')
    .split('\n')
    .flatMap((line) => /^\S+: (?:\S+\s+){6}(\/.*)$/.exec(line)?.[1] ?? [])
    .filter((path) => isUnder(path, directory));
}

function isUnder(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

export interface Sampled<T> {
  readonly result: T;
  /** Every argument of every process that was seen while the work ran, each once. */
  readonly arguments: ReadonlySet<string>;
}

const SAMPLE_EVERY_MS = 3;

/**
 * Runs something and collects the arguments of all processes of the machine meanwhile: what any user of it could have
 * read. A process that lives for less than a few milliseconds can be missed.
 */
export async function sampleArguments<T>(work: () => Promise<T>): Promise<Sampled<T>> {
  const seen = new Set<string>();
  const running = new AbortController();
  const sampling = sampleUntil(running.signal, seen);
  try {
    return { result: await work(), arguments: seen };
  } finally {
    running.abort();
    await sampling;
  }
}

async function sampleUntil(signal: AbortSignal, seen: Set<string>): Promise<void> {
  while (!signal.aborted) {
    for (const { argv } of listProcesses()) {
      for (const argument of argv) {
        seen.add(argument);
      }
    }
    await sleep(SAMPLE_EVERY_MS);
  }
}
