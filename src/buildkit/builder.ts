import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import { findPrivilege } from '../machine/privilege.ts';
import type { StepScratch } from '../machine/step.ts';
import { emulatorsOf } from '../plan/platforms.ts';
import { formatDuration } from '../report/format.ts';
import type { Environment, Runner } from '../runner.ts';
import { type Client, localClient } from './client.ts';
import { startDaemon } from './daemon.ts';
import { emulationLines } from './emulation-log.ts';
import { type Emulation, findEmulation } from './emulators.ts';
import { BUILDKIT, installBuildkit } from './install.ts';
import { type Programs, pathWith } from './programs.ts';

/** A BuildKit that is ready to build. */
export interface Builder {
  readonly client: Client;
  /** What it builds; where that was not given, the platform of its machine. */
  readonly platforms: readonly string[];
  readonly emulation: Emulation;
  /** Address of a machine elsewhere; undefined: this one. */
  readonly place?: string;
  /** Opens another machine in place of this one; undefined when there is none. */
  readonly next?: (() => Promise<Builder>) | undefined;
}

/**
 * Brings up BuildKit on this machine, or takes over what an earlier step of the job has brought up.
 * @param swept settles when leftovers of other runs are gone, so that none of them is taken over
 * @throws Failure `privileges-missing`, `buildkit-…`, `tool-cache-unusable`, `daemon-not-started`
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
  const [programs, privilege] = await Promise.all([bringPrograms(options), findPrivilege(), swept]);
  const begin = Date.now();
  const daemon = await startDaemon({
    programs,
    privilege,
    jobId: runner.jobId,
    temp: runner.temp,
    env,
    mirrors,
    onCreate: step.remember,
  });
  log(
    daemon.started
      ? `BuildKit daemon started ${privilege === 'root' ? 'as root' : 'through sudo'} (buildkitMode ${inputs.mode}, ${formatDuration(Date.now() - begin)})`
      : 'BuildKit daemon of an earlier step of this job',
  );
  const client = localClient(programs.buildctl, daemon.address);
  const { arch } = runner;
  const emulation = await findEmulation(platforms, { client, arch, path: pathWith(programs, env.PATH) });
  const place = inputs.from.kind === 'programs' ? `in ${inputs.from.directory} (buildkitPath)` : 'in the archive';
  emulationLines(emulation, { arch, place }).forEach(log);
  return { client, platforms, emulation };
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
