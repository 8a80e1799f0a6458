import { readFile } from 'node:fs/promises';
import { decideMode, type Mode, type Way } from '../plan/buildkit-mode.ts';
import { findObstacles } from './rootless.ts';
import { run } from './run.ts';

/** Capability that mounting needs. Source: linux/capability.h. */
const CAP_SYS_ADMIN = 1n << 21n;

/**
 * Finds out how BuildKit can run: as root, directly or by sudo without a password, or rootless. Nothing is looked at that
 * the mode does not ask for.
 * @param options.rootlesskit where that program is or will be; undefined: nowhere
 * @throws Failure `privileges-missing`, `rootless-unavailable`
 */
export async function findWay({
  mode,
  rootlesskit,
}: {
  readonly mode: Mode;
  readonly rootlesskit: string | undefined;
}): Promise<Way> {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) {
    return decideMode(mode, { uid, canMount: await canMount(), sudoRefusal: undefined, obstacles: [] });
  }
  const sudoRefusal = mode === 'rootless' ? undefined : await askSudo();
  const isRootlessAsked = mode === 'rootless' || (mode === 'auto' && sudoRefusal !== undefined);
  const obstacles = isRootlessAsked ? await findObstacles(rootlesskit) : [];
  return decideMode(mode, { uid, canMount: false, sudoRefusal, obstacles });
}

/** @returns why it does not work */
async function askSudo(): Promise<string | undefined> {
  const { code, stderr } = await run(['sudo', '-n', 'true']);
  return code === 0 ? undefined : stderr.trim() || `sudo ended with ${code}`;
}

/** Root of an unprivileged container may not: better said at once than by a daemon that dies. */
async function canMount(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*(?<mask>[0-9a-f]+)$/m.exec(status)?.groups?.mask ?? '0';
  return (BigInt(`0x${effective}`) & CAP_SYS_ADMIN) !== 0n;
}
