import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Privilege } from '../plan/buildkit-mode.ts';
import type { ProcessId } from './processes.ts';
import { BULK_PREFIX, type Scratch } from './scratch.ts';

export const DAEMON_PID = 'daemon.pid';
/** Data of a daemon, in `bulk`; a link where they are kept beyond the job. */
export const DAEMON_ROOT = 'root';
/** In `bulk`, so that what a rootless daemon has made can be removed with nothing but the path: a link to the program. */
export const ROOTLESSKIT = 'rootlesskit';
/** Beside the link in `bulk`, which the runner may have emptied. */
export const KEPT = 'kept';

/** Whether a daemon runs, or has run, from here. */
export function isOfDaemon({ directory }: Scratch): boolean {
  return !basename(directory).startsWith('step-');
}

/** Whose rights a daemon of this scratch has: what root has made takes root to remove, and a user who could start it has sudo. */
export function privilegeOf({ directory }: Scratch): Privilege {
  if (basename(directory).startsWith('rootless-')) {
    return 'rootless';
  }
  return process.getuid?.() === 0 ? 'root' : 'sudo';
}

/** Digits by which the fingerprint of a daemon tells it from others. */
const FINGERPRINT = 10;
/** Digits in front that tell one daemon from an earlier one with the same fingerprint, which somebody may be taking away at that moment. */
export const OWN_DIGITS = 6;

/**
 * Name of the scratch of a new daemon: sixteen digits, because the paths of sockets are short.
 * @param fingerprint hexadecimal digits
 */
export function newDaemonName(privilege: Privilege, fingerprint: string): string {
  return `${prefixOf(privilege)}${randomBytes(OWN_DIGITS / 2).toString('hex')}${fingerprint.slice(0, FINGERPRINT)}`;
}

/** Name of the scratch of another daemon with the same fingerprint. @param own its digits in front */
export function nameOfSibling(name: string, own: string): string {
  const start = name.indexOf('-') + 1;
  return name.slice(0, start) + own + name.slice(start + OWN_DIGITS);
}

/** Whether scratch of this name is that of a daemon with such a fingerprint. */
export function hasFingerprint(name: string, privilege: Privilege, fingerprint: string): boolean {
  return name.startsWith(prefixOf(privilege)) && name.endsWith(fingerprint.slice(0, FINGERPRINT));
}

function prefixOf(privilege: Privilege): string {
  return privilege === 'rootless' ? 'rootless-' : 'daemon-';
}

/** Control group of the build steps of a daemon that runs as root from scratch of this name. */
export function cgroupOf(name: string): string {
  return BULK_PREFIX + name;
}

/** Where the data of a daemon are that are kept beyond its job; undefined when they go with it. */
export async function keptRootOf({ directory, bulk }: Scratch): Promise<string | undefined> {
  const links = [join(bulk, DAEMON_ROOT), join(directory, KEPT)].map((link) => readlink(link).catch(() => undefined));
  return (await Promise.all(links)).find((target) => target !== undefined);
}

/** The process of a daemon that was started from here, also when whoever started it was killed right after. */
export async function readDaemonProcess(directory: string): Promise<ProcessId | undefined> {
  const [pid, start] = (await readFile(join(directory, DAEMON_PID), 'utf8').catch(() => '')).trim().split(' ');
  return pid && start ? { pid: Number(pid), start } : undefined;
}
