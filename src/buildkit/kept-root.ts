import { Failure, messageOf } from '../failure.ts';
import { runAs } from '../machine/run.ts';
import { recoverSlot, type Slot, slotAt } from '../machine/slots.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';

/** As many jobs at once as no machine has: beyond it, locks do not work. */
const MOST_SLOTS = 1_000;

/** $1 is the directory. Prints its path without links, when something can be made in it. */
const OPEN = `
umask 022
mkdir -p -- "$1" && cd -- "$1" && mkdir ".check-$$" && rmdir ".check-$$" && pwd -P
`;

/**
 * Makes the directory of `buildkitRoot`, with the rights of the daemon.
 * @returns its path without links
 * @throws Failure `buildkit-root-unusable`
 */
export async function openKeptRoot(path: string, privilege: Privilege): Promise<string> {
  const { code, stdout, stderr } = await runAs(privilege, ['sh', '-c', OPEN, 'sh', path]);
  const root = stdout.replace(/\n$/, '');
  if (code === 0 && root.startsWith('/')) {
    return root;
  }
  const who = privilege === 'rootless' ? "the runner's user, as which a rootless BuildKit runs" : 'root';
  throw unusable(`"${path}" cannot be made or written by ${who}: ${stderr.trim().split('\n').at(-1)}`);
}

/**
 * Finds a slot for one daemon: the first one that no living daemon has. Nobody waits.
 * @param start returns undefined when another daemon was faster
 * @throws Failure `buildkit-root-unusable`
 */
export async function takeSlot<T>(
  {
    root,
    privilege,
    log,
  }: { readonly root: string; readonly privilege: Privilege; readonly log: (line: string) => void },
  start: (slot: Slot) => Promise<T | undefined>,
): Promise<T> {
  const uid = process.getuid?.() ?? 0;
  for (let number = 1; number <= MOST_SLOTS; number += 1) {
    const slot = slotAt(root, { number, privilege, uid });
    const isFree = await recoverSlot(slot, privilege).catch((cause: unknown) => {
      throw unusable(`${slot.directory} cannot be taken: ${messageOf(cause)}`, cause);
    });
    const started = isFree ? await start(slot) : undefined;
    if (started !== undefined) {
      log(`BuildKit keeps its data in ${slot.directory} (buildkitRoot)`);
      return started;
    }
  }
  throw unusable(`all of its ${MOST_SLOTS} slots are taken`);
}

function unusable(reason: string, cause?: unknown): Failure {
  return new Failure({
    code: 'buildkit-root-unusable',
    message: `buildkitRoot: ${reason}.`,
    hint: 'Use a directory on a local disk of the runner that may be written, or leave buildkitRoot out.',
    cause,
  });
}
