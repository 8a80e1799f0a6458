import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import { findPrivilege } from '../machine/privilege.ts';
import type { StepScratch } from '../machine/step.ts';
import { formatDuration } from '../report/format.ts';
import type { Environment, Runner } from '../runner.ts';
import { startDaemon } from './daemon.ts';
import { installBuildkit } from './install.ts';
import type { Programs } from './programs.ts';

/** A BuildKit that is ready to build. */
export interface Builder {
  readonly buildctl: string;
  /** Address for buildctl. */
  readonly address: string;
}

/**
 * Brings up BuildKit on this machine, or takes over what an earlier step of the job has brought up.
 * @param swept settles when leftovers of other runs are gone, so that none of them is taken over
 * @throws Failure `privileges-missing`, `buildkit-…`, `tool-cache-unusable`, `daemon-not-started`
 */
export async function openBuilder(options: {
  readonly inputs: Inputs['buildkit'];
  readonly runner: Runner;
  readonly env: Environment;
  readonly step: StepScratch;
  readonly swept: Promise<unknown>;
  readonly log: (line: string) => void;
}): Promise<Builder> {
  const { inputs, runner, env, step, swept, log } = options;
  const [programs, privilege] = await Promise.all([bringPrograms(options), findPrivilege(), swept]);
  const begin = Date.now();
  const daemon = await startDaemon({
    programs,
    privilege,
    jobId: runner.jobId,
    temp: runner.temp,
    env,
    onCreate: step.remember,
  });
  log(
    daemon.started
      ? `BuildKit daemon started ${privilege === 'root' ? 'as root' : 'through sudo'} (buildkitMode ${inputs.mode}, ${formatDuration(Date.now() - begin)})`
      : 'BuildKit daemon of an earlier step of this job',
  );
  return { buildctl: programs.buildctl, address: daemon.address };
}

async function bringPrograms(options: {
  readonly inputs: Inputs['buildkit'];
  readonly runner: Runner;
  readonly step: StepScratch;
  readonly log: (line: string) => void;
}): Promise<Programs> {
  const { inputs, runner, step, log } = options;
  const { from } = inputs;
  if (from.kind === 'programs') {
    log(`BuildKit from ${from.directory} (buildkitPath)`);
    return from;
  }
  const begin = Date.now();
  const { programs, fromToolCache } = await installBuildkit({
    release: from,
    arch: runner.arch,
    toolCache: runner.toolCache,
    directory: join(step.bulk, 'download'),
  });
  const origin = fromToolCache ? 'from the tool cache' : 'downloaded and verified';
  log(`BuildKit ${from.version} ${origin} (${formatDuration(Date.now() - begin)})`);
  return programs;
}
