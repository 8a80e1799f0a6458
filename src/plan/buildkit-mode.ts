import { Failure } from '../failure.ts';

/** Values of `buildkitMode`. */
export const MODES = ['auto', 'root', 'rootless'] as const;

export type Mode = (typeof MODES)[number];

/** How the daemon gets the rights that it needs: this user is root, becomes root, or is root of a user namespace. */
export type Privilege = 'root' | 'sudo' | 'rootless';

/** Something that a machine lacks. */
export interface Obstacle {
  /** What is missing, without a full stop. */
  readonly missing: string;
  /** What brings it: one or more lines. */
  readonly fix: string;
}

/** What was found out about a machine; only what the mode asks for. */
export interface Machine {
  readonly uid: number;
  /** Whether root may mount: not in an unprivileged container. */
  readonly canMount: boolean;
  /** Why sudo does not work, in its own words; undefined when it does, or when this user is root. */
  readonly sudoRefusal: string | undefined;
  /** What a rootless daemon would lack. */
  readonly obstacles: readonly Obstacle[];
}

export interface Way {
  readonly privilege: Privilege;
  /** For the log. */
  readonly reason: string;
}

const REMOTE = 'or give the address of a running BuildKit as buildkitHost';

/**
 * Decides how a daemon runs: as root where that is possible, which needs least of a machine, else rootless.
 * @throws Failure `privileges-missing`, `rootless-unavailable`
 */
export function decideMode(mode: Mode, machine: Machine): Way {
  const { uid, canMount, sudoRefusal, obstacles } = machine;
  if (mode === 'rootless') {
    if (uid === 0) {
      throw unavailable([IS_ROOT]);
    }
    if (obstacles.length > 0) {
      throw unavailable(obstacles);
    }
    return { privilege: 'rootless', reason: 'as the workflow says' };
  }
  if (uid === 0) {
    if (!canMount) {
      throw new Failure({
        code: 'privileges-missing',
        message:
          'buildkitMode: this is root of a container that may not mount (CAP_SYS_ADMIN is missing), which BuildKit needs.',
        hint: `Use a GitHub-hosted Ubuntu runner, run the job in a privileged container, ${REMOTE}.`,
      });
    }
    return { privilege: 'root', reason: "the runner's user is root" };
  }
  if (sudoRefusal === undefined) {
    return { privilege: 'sudo', reason: 'sudo asks for no password' };
  }
  if (mode === 'auto' && obstacles.length === 0) {
    return { privilege: 'rootless', reason: `there is no way to become root (${sudoRefusal})` };
  }
  throw noWay({ uid, sudoRefusal, obstacles: mode === 'auto' ? obstacles : [] });
}

const IS_ROOT: Obstacle = {
  missing: "a user other than root: rootless is for users without rights, and the runner's user is root",
  fix: 'Leave buildkitMode at auto, or run the job as another user.',
};

function unavailable(obstacles: readonly Obstacle[]): Failure {
  return new Failure({
    code: 'rootless-unavailable',
    message: `buildkitMode: rootless BuildKit cannot run here, because something is missing:\n${listOf(obstacles)}`,
    hint: `Change that once on the machine, ${REMOTE}.`,
  });
}

function noWay({ uid, sudoRefusal, obstacles }: Pick<Machine, 'uid' | 'obstacles'> & { sudoRefusal: string }): Failure {
  const rootless = obstacles.length === 0 ? '' : `\nRootless BuildKit cannot run either:\n${listOf(obstacles)}`;
  return new Failure({
    code: 'privileges-missing',
    message: `buildkitMode: the runner's user (uid ${uid}) has no way to become root: ${sudoRefusal}.${rootless}`,
    hint: `Give the user of the runner passwordless sudo, ${obstacles.length === 0 ? 'set buildkitMode: rootless' : 'bring what rootless lacks'}, use a GitHub-hosted Ubuntu runner, ${REMOTE}.`,
  });
}

function listOf(obstacles: readonly Obstacle[]): string {
  return obstacles.map(({ missing, fix }) => `- ${missing}.\n${fix.replaceAll(/^(?=.)/gm, '  ')}`).join('\n');
}

/** What rootlesskit said when it was tried, although nothing was missing. */
export function rootlessRefused(reason: string, hint: string): Failure {
  return new Failure({
    code: 'rootless-unavailable',
    message: `buildkitMode: rootlesskit does not start on this machine: ${reason}`,
    hint: `${hint}, ${REMOTE}.`,
  });
}
