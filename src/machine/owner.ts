import { readFile, readlink } from 'node:fs/promises';
import { numberAt, textAt } from '../json.ts';
import { hasProc, isAlive, PROC, type ProcessId, processOf, waitForEnd } from './processes.ts';

/** Who something belongs to: it is in use as long as this process lives. */
export interface Owner extends ProcessId {
  /** Process numbers and start times begin anew with every boot. */
  readonly boot: string;
  /** In another PID namespace the same number is another process. */
  readonly namespace: string;
}

/**
 * - gone: whatever belongs to it is nobody's
 * - here: it lives
 * - unknown: it may live in another PID namespace, into which nobody can look from here
 */
export type Whereabouts = 'gone' | 'here' | 'unknown';

/** The running step: what belongs to it ends with it. */
export function stepOwner(): Promise<Owner> {
  return ownerOf(process.pid);
}

/**
 * The running job: the runner's worker, whose child every step is. In a container job that process is out of sight
 * and the first one of the container stands for it.
 */
export function jobOwner(): Promise<Owner> {
  return ownerOf(process.ppid || 1);
}

async function ownerOf(pid: number): Promise<Owner> {
  return { pid, start: (await processOf(pid))?.start ?? '', ...(await placeOfProcesses()) };
}

async function placeOfProcesses(): Promise<Pick<Owner, 'boot' | 'namespace'>> {
  if (!hasProc()) {
    return { boot: '', namespace: '' };
  }
  const boot = await readFile(`${PROC}/sys/kernel/random/boot_id`, 'utf8');
  return { boot: boot.trim(), namespace: await readlink(`${PROC}/self/ns/pid`) };
}

export async function whereIs(owner: Owner): Promise<Whereabouts> {
  const { boot, namespace } = await placeOfProcesses();
  if ((boot === '') !== (owner.boot === '')) {
    // Where /proc is hidden, nobody can be looked at whose record comes from where it is not, and the other way round.
    return 'unknown';
  }
  if (owner.boot !== boot) {
    return 'gone';
  }
  if (owner.namespace !== namespace) {
    return 'unknown';
  }
  return (await isAlive(owner)) ? 'here' : 'gone';
}

/** Reads what was written as JSON; undefined when it is none. */
export function readOwner(value: unknown): Owner | undefined {
  const [pid, start] = [numberAt(value, 'pid'), textAt(value, 'start')];
  const [boot, namespace] = [textAt(value, 'boot'), textAt(value, 'namespace')];
  return pid === undefined || start === undefined || boot === undefined || namespace === undefined
    ? undefined
    : { pid, start, boot, namespace };
}

/** What a runner sends to a step that is cancelled, and how long each may take. Milliseconds. */
const ROUNDS = [
  { name: 'SIGINT', wait: 4_000 },
  { name: 'SIGKILL', wait: 2_000 },
] as const;

/**
 * Ends a step that still runs, as a runner does that cancels it. In a container job no signal of the runner gets there.
 * @throws Error when it does not end
 */
export async function endStep(step: Owner): Promise<void> {
  // Where the system tells of no start, the number may be another process by now.
  if (step.start === '' || step.pid === process.pid || (await whereIs(step)) !== 'here') {
    return;
  }
  for (const { name, wait } of ROUNDS) {
    try {
      process.kill(step.pid, name);
    } catch {
      // It has ended meanwhile.
    }
    if (await waitForEnd(step, wait)) {
      return;
    }
  }
  throw new Error(`the step (process ${step.pid}) does not end`);
}
