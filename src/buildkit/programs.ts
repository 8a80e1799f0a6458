import { delimiter, join } from 'node:path';
import { Failure } from '../failure.ts';
import { findProgram, isProgram } from '../machine/programs.ts';
import { findPath } from '../paths.ts';

/** The programs of an unpacked BuildKit. All paths are absolute. */
export interface Programs {
  readonly kind: 'programs';
  readonly directory: string;
  /** Where else its helpers may be. Not all of these directories need to exist. */
  readonly helpers?: readonly string[];
  readonly buildctl: string;
  readonly buildkitd: string;
  readonly runc: string;
}

/** What a local build runs, by BuildKit's own names. A release also has emulators and network plugins. */
export const PROGRAM_NAMES = ['buildctl', 'buildkitd', 'buildkit-runc'] as const;

/** CNI's plugins, by BuildKit's names for them. `firewall` is only for a network that buildkitConfig asks for. */
export const PLUGIN_NAMES = [
  'buildkit-cni-bridge',
  'buildkit-cni-firewall',
  'buildkit-cni-host-local',
  'buildkit-cni-loopback',
] as const;

/** The file name of buildctl on this machine. */
export function buildctlName(): string {
  return process.platform === 'win32' ? 'buildctl.exe' : 'buildctl';
}

/** The programs of a directory in which each has BuildKit's own name. */
export function programsIn(directory: string): Programs {
  const [buildctl, buildkitd, runc] = PROGRAM_NAMES;
  return {
    kind: 'programs',
    directory,
    buildctl: join(directory, buildctl),
    buildkitd: join(directory, buildkitd),
    runc: join(directory, runc),
  };
}

/**
 * Finds the programs in the directory that `buildkitPath` names; runc may have its plain name there.
 * @param options.isRemote buildctl is enough then
 * @throws Failure `buildkit-programs-missing`, `path-outside`, `path-unreadable`
 */
export async function findPrograms({
  path,
  workspace,
  isRemote,
}: {
  path: string;
  workspace: string;
  isRemote: boolean;
}): Promise<Programs> {
  const directory = await findPath({ input: 'buildkitPath', path, base: workspace, what: 'the workspace' });
  if (directory === undefined) {
    throw missing(path, 'there is no such directory');
  }
  const programs = programsIn(directory);
  const runc = (await isProgram(programs.runc)) ? programs.runc : join(directory, 'runc');
  const found = { ...programs, buildctl: join(directory, buildctlName()), runc };
  for (const program of isRemote ? [found.buildctl] : [found.buildctl, found.buildkitd, found.runc]) {
    if (!(await isProgram(program))) {
      throw missing(path, `it has no program ${program.slice(directory.length + 1)}`);
    }
  }
  return found;
}

/**
 * PATH of the daemon, on which it finds its helpers before everything else.
 * @param path of the step
 */
export function pathWith({ directory, helpers = [] }: Programs, path: string | undefined): string {
  const own = [directory, ...helpers];
  return [...own, path || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(delimiter);
}

/** Whether a daemon with this PATH finds a helper. */
export async function isOnPath(name: string, path: string): Promise<boolean> {
  return (await findProgram(name, path)) !== undefined;
}

function missing(path: string, reason: string): Failure {
  return new Failure({
    code: 'buildkit-programs-missing',
    message: `buildkitPath: "${path}" cannot be used: ${reason}.`,
    hint: 'The directory needs buildctl, buildkitd and buildkit-runc (or runc), all executable.',
  });
}
