import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import { findWay } from '../machine/privilege.ts';
import type { StepScratch } from '../machine/step.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { ownedKeys } from '../plan/daemon-config.ts';
import { emulatorsOf } from '../plan/platforms.ts';
import { formatDuration } from '../report/format.ts';
import type { Environment, Runner } from '../runner.ts';
import { startDaemon } from './daemon.ts';
import { emulationLines } from './emulation-log.ts';
import { type Emulation, findEmulation } from './emulators.ts';
import { BUILDKIT, installBuildkit } from './install.ts';
import { openKeptRoot } from './kept-root.ts';
import { type Programs, pathWith } from './programs.ts';
import { findRootlesskit, installRootlesskit, type Rootlesskit } from './rootlesskit.ts';

/** A BuildKit that is ready to build. */
export interface Builder {
  readonly buildctl: string;
  /** Address for buildctl. */
  readonly address: string;
  readonly emulation: Emulation;
}

/**
 * Brings up BuildKit on this machine, or takes over what an earlier step of the job has brought up.
 * @param swept settles when leftovers of other runs are gone, so that none of them is taken over
 * @throws Failure `privileges-missing`, `rootless-unavailable`, `buildkit-…`, `tool-cache-unusable`, `daemon-not-started`
 */
export async function openBuilder(options: {
  readonly inputs: Inputs['buildkit'];
  readonly mirrors: Inputs['mirrors'];
  /** What is built: for each that is not the machine's own, an emulator is looked for. */
  readonly platforms: readonly string[];
  readonly runner: Runner;
  readonly env: Environment;
  readonly step: StepScratch;
  readonly swept: Promise<unknown>;
  readonly log: (line: string) => void;
}): Promise<Builder> {
  const { inputs, platforms, mirrors, runner, env, step, swept, log } = options;
  // Nothing is downloaded before it is known that a daemon can run here, and which programs it takes.
  const { from, hasMirror } = inputs;
  const found = await findRootlesskit({ ...runner, from, hasMirror, path: env.PATH });
  const { privilege, reason } = await findWay({ mode: inputs.mode, rootlesskit: found?.path });
  const keptRoot = inputs.root === undefined ? undefined : await openKeptRoot(inputs.root, privilege);
  const [programs, rootlesskit] = await Promise.all([
    bringPrograms(options),
    privilege === 'rootless' ? bringRootlesskit(found, options) : undefined,
    swept,
  ]);
  const owned = ownedKeys(inputs.config);
  if (owned.length > 0) {
    log(`buildkitConfig: ${owned.join(', ')} left out, because the action decides about it`);
  }
  const begin = Date.now();
  const daemon = await startDaemon({
    programs,
    privilege,
    rootlesskit,
    keptRoot,
    env,
    mirrors,
    log,
    jobId: runner.jobId,
    temp: runner.temp,
    config: inputs.config,
    onCreate: step.remember,
  });
  log(
    daemon.started
      ? `BuildKit daemon started ${HOW[privilege]} (buildkitMode ${inputs.mode}: ${reason}; ${formatDuration(Date.now() - begin)})`
      : 'BuildKit daemon of an earlier step of this job',
  );
  const builder = { buildctl: programs.buildctl, address: daemon.address };
  const { arch } = runner;
  const emulation = await findEmulation(platforms, { builder, arch, path: pathWith(programs, env.PATH) });
  const place = inputs.from.kind === 'programs' ? `in ${inputs.from.directory} (buildkitPath)` : 'in the archive';
  emulationLines(emulation, { arch, place }).forEach(log);
  return { ...builder, emulation };
}

const HOW: Readonly<Record<Privilege, string>> = { root: 'as root', sudo: 'through sudo', rootless: 'rootless' };

/** @returns the path of the program */
async function bringRootlesskit(
  found: Rootlesskit | undefined,
  { runner, step, log }: { readonly runner: Runner; readonly step: StepScratch; readonly log: (line: string) => void },
): Promise<string | undefined> {
  if (found?.kind !== 'release') {
    log(`RootlessKit from ${found?.path}`);
    return found?.path;
  }
  const { release } = found;
  const directory = join(step.bulk, 'download-rootlesskit');
  const { downloaded } = await installRootlesskit({ ...runner, release, directory });
  log(`RootlessKit ${release.version} ${downloaded ? 'downloaded and verified' : 'from the tool cache'}`);
  return found.path;
}

async function bringPrograms(options: {
  readonly inputs: Inputs['buildkit'];
  readonly platforms: readonly string[];
  readonly runner: Runner;
  readonly step: StepScratch;
  readonly log: (line: string) => void;
}): Promise<Programs> {
  const { inputs, platforms, runner, step, log } = options;
  const { from } = inputs;
  if (from.kind === 'programs') {
    log(`BuildKit from ${from.directory} (buildkitPath)`);
    return from;
  }
  const begin = Date.now();
  const { programs, downloaded } = await installBuildkit({
    release: from,
    emulators: emulatorsOf(platforms, runner.arch),
    arch: runner.arch,
    toolCache: runner.toolCache,
    directory: join(step.bulk, 'download'),
  });
  log(`BuildKit ${from.version} ${originOf(downloaded)} (${formatDuration(Date.now() - begin)})`);
  return programs;
}

/** @param downloaded names of tools */
function originOf(downloaded: readonly string[]): string {
  if (downloaded.length === 0) {
    return 'from the tool cache';
  }
  const all = 'downloaded and verified';
  return downloaded.includes(BUILDKIT.name)
    ? all
    : `from the tool cache, its archive ${all} for ${downloaded.join(', ')}`;
}
