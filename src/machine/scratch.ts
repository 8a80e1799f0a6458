import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, numberAt, parseJson, textAt } from '../json.ts';
import type { Privilege } from './privilege.ts';
import { isAlive, type ProcessId, processOf } from './processes.ts';

/**
 * Everything that must not outlive a step or a job stands in a private directory with a record of who it belongs to,
 * so that post, or the next run on this machine, can take it away.
 */
export interface Scratch {
  /** Short, for sockets; only its user may enter it. */
  readonly directory: string;
  /** On the larger disk of the runner; made when it is needed. */
  readonly bulk: string;
}

/** What has to be known to take a scratch directory away. It is written before what it describes is made. */
export interface ScratchRecord {
  readonly owner: Owner;
  readonly bulk: string;
  /** Set when a daemon runs from here: how to end it. Its process stands in the file `daemon.pid`. */
  readonly daemon?: { readonly privilege: Privilege; readonly cgroup: string };
}

/** Who a scratch directory belongs to: it is in use as long as this process lives. */
export interface Owner extends ProcessId {
  /** Process numbers and start times begin anew with every boot. */
  readonly boot: string;
}

const RECORD = 'record.json';
const STAGING = '.new-';
export const DAEMON_PID = 'daemon.pid';

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
  return { pid, start: (await processOf(pid))?.start ?? '', boot: await bootId() };
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Where a scratch directory of this name is, whether it exists or not. */
export function scratchAt(name: string, temp: string): Scratch {
  return { directory: join(scratchBase(), name), bulk: join(temp, `buildkit-aws-${name}`) };
}

/** One place per user on this machine; /tmp itself, because the path of a socket has at most 104 characters. */
function scratchBase(): string {
  return `/tmp/buildkit-aws-${process.getuid?.() ?? 0}`;
}

/**
 * Makes the directory; its record is there from the first moment on that others can see it.
 * @throws when another user has put something in its place, or when the directory exists
 */
export async function createScratch(scratch: Scratch, record: Omit<ScratchRecord, 'bulk'>): Promise<void> {
  await mkdir(scratchBase(), { recursive: true, mode: 0o700 });
  await checkBase();
  const staging = `${scratch.directory}${STAGING}${process.pid}`;
  await mkdir(staging, { mode: 0o700 });
  await writeRecord(staging, { ...record, bulk: scratch.bulk });
  await rename(staging, scratch.directory);
}

/** What is read here decides what root ends and removes: it must come from this user. */
async function checkBase(): Promise<void> {
  const base = scratchBase();
  const found = await lstat(base);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(`${base} belongs to another user or is open to others; its owner has to remove it`);
  }
}

export async function writeRecord(directory: string, record: ScratchRecord): Promise<void> {
  const file = join(directory, RECORD);
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function readRecord(directory: string): Promise<ScratchRecord | undefined> {
  try {
    const record = parseJson(await readFile(join(directory, RECORD), 'utf8'));
    const owner = at(record, 'owner');
    const cgroup = textAt(record, 'daemon', 'cgroup');
    return {
      owner: {
        pid: numberAt(owner, 'pid') ?? 0,
        start: textAt(owner, 'start') ?? '',
        boot: textAt(owner, 'boot') ?? '',
      },
      bulk: textAt(record, 'bulk') ?? '',
      ...(cgroup === undefined
        ? {}
        : { daemon: { cgroup, privilege: textAt(record, 'daemon', 'privilege') === 'sudo' ? 'sudo' : 'root' } }),
    };
  } catch {
    return undefined;
  }
}

/** The process of a daemon that was started from here, also when whoever started it was killed right after. */
export async function readDaemonProcess(directory: string): Promise<ProcessId | undefined> {
  const [pid, start] = (await readFile(join(directory, DAEMON_PID), 'utf8').catch(() => '')).trim().split(' ');
  return pid && start ? { pid: Number(pid), start } : undefined;
}

/** This user's scratch directories whose owner is gone: of a job that was killed, or of a machine that went down. */
export async function abandonedScratch(): Promise<string[]> {
  const base = scratchBase();
  const names = await readdir(base).catch(() => []);
  if (names.length === 0) {
    return [];
  }
  await checkBase();
  const boot = await bootId();
  const found = names.map(async (name) => ((await isAbandoned(join(base, name), boot)) ? [join(base, name)] : []));
  return (await Promise.all(found)).flat();
}

async function isAbandoned(directory: string, boot: string): Promise<boolean> {
  const owner = (await readRecord(directory))?.owner;
  if (owner !== undefined) {
    return owner.boot !== boot || !(await isAlive(owner));
  }
  const [, maker] = directory.split(STAGING);
  return maker !== undefined && (await processOf(Number(maker))) === undefined;
}

/** Removes the directory and, when it was the last one, the place that all of them stand in. */
export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await rmdir(join(directory, '..')).catch(() => undefined);
}
