import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { type Arch, emulatorsOn } from '../plan/platforms.ts';
import { type Archive, bringTools, placeOf } from './archive.ts';
import { buildctlName, PLUGIN_NAMES, PROGRAM_NAMES, type Programs, programsIn } from './programs.ts';
import type { Release } from './releases.ts';
import { isInToolCache, type Tool } from './tool-cache.ts';

export interface Installation {
  readonly programs: Programs;
  /** Tools that were not in the tool cache: `buildkit`, `buildkit-cni`, and emulators by their names. */
  readonly downloaded: readonly string[];
}

export const BUILDKIT: Tool = { name: 'buildkit', programs: PROGRAM_NAMES };

/** For a network of their own for build steps. */
const PLUGINS: Tool = { name: 'buildkit-cni', programs: PLUGIN_NAMES, optional: true };

const FOLDER = 'bin/';

const HINTS: Archive['hints'] = {
  missing: 'There is no such archive: correct buildkitVersion or buildkitDownloadUrl.',
  unreachable:
    'Where the runner reaches no GitHub releases, point buildkitDownloadUrl at a mirror or buildkitPath at an installed copy.',
  mismatch:
    'A mirror that packs archives anew needs its own buildkitSha256; otherwise something changes downloads on the way, such as a proxy.',
  broken: `It has to be a gzipped tar with ${PROGRAM_NAMES.map((name) => FOLDER + name).join(', ')} as plain files; check buildkitSha256 and buildkitDownloadUrl.`,
};

/**
 * Brings the programs of a release to this machine, and the emulators that are asked for. Only these are unpacked: emulators
 * are most of an archive.
 * @param options.emulators such as `buildkit-qemu-arm`; it is no error when the archive does not have one
 * @param options.hasPlugins whether those for the network of build steps are asked for; an archive may lack them, too
 * @param options.directory for the archive while it is checked; its owner removes it
 * @throws Failure as `bringTools`
 */
export async function installBuildkit(options: {
  readonly release: Release;
  readonly emulators: readonly string[];
  readonly hasPlugins: boolean;
  readonly arch: Arch;
  readonly toolCache: string;
  readonly directory: string;
}): Promise<Installation> {
  const { release, emulators, hasPlugins, arch, toolCache, directory } = options;
  const archive = { product: 'BuildKit', release, folder: FOLDER, hints: HINTS };
  const tools = [BUILDKIT, ...(hasPlugins ? [PLUGINS] : []), ...emulators.map(emulatorTool)];
  const isWithout = hasPlugins && (await isInToolCache(placeOf(BUILDKIT, options)));
  const downloaded = await bringTools({ archive, tools, arch, toolCache, directory }).catch((error: unknown) => {
    // A tool cache that an older version has filled has no plugins, and the network may be closed.
    if (!isWithout || emulators.length > 0 || !isUnavailable(error)) {
      throw error;
    }
    return [];
  });
  const helpers = [PLUGINS, ...emulatorsOn(arch).map(emulatorTool)];
  const binaries = (tool: Tool) => join(placeOf(tool, options).target, 'bin');
  return {
    // All of them, also before they exist: a later step of the job may add one to what the running daemon finds.
    programs: { ...programsIn(binaries(BUILDKIT)), helpers: helpers.map(binaries) },
    downloaded: downloaded.map(({ name }) => name),
  };
}

/** Whether no archive could be had, or nothing be put into the tool cache. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Failure && ['buildkit-download-failed', 'tool-cache-unusable'].includes(error.code);
}

/**
 * Brings buildctl alone to this machine, for a daemon that runs elsewhere. A whole BuildKit in the tool cache has it, too.
 * @throws Failure `buildkit-download-failed`, `buildkit-checksum-mismatch`, `buildkit-archive-broken`, `tool-cache-unusable`
 */
export async function installBuildctl(options: {
  readonly release: Release;
  readonly arch: Arch;
  readonly toolCache: string;
  /** For the archive while it is checked; its owner removes it. */
  readonly directory: string;
}): Promise<{ readonly buildctl: string; readonly isNew: boolean }> {
  const { release, arch, toolCache, directory } = options;
  const program = buildctlName();
  const own: Tool = { name: 'buildctl', programs: [program] };
  const whole = placeOf(BUILDKIT, options);
  if (await isInToolCache(whole)) {
    return { buildctl: join(whole.target, 'bin', program), isNew: false };
  }
  const archive = { product: 'BuildKit', release, folder: FOLDER, hints: HINTS };
  const downloaded = await bringTools({ archive, tools: [own], arch, toolCache, directory });
  return { buildctl: join(placeOf(own, options).target, 'bin', program), isNew: downloaded.length > 0 };
}

function emulatorTool(name: string): Tool {
  return { name, programs: [name], optional: true };
}
