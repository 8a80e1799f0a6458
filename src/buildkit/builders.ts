import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import type { StepScratch } from '../machine/step.ts';
import { formatDuration } from '../report/format.ts';
import type { Environment, Runner } from '../runner.ts';
import { type Builder, openBuilder } from './builder.ts';
import { installBuildctl } from './install.ts';
import { openMachines, placeCertificates } from './remote.ts';

/**
 * Brings up BuildKit on this machine, or opens the machines that `buildkitHost` names, all at the same time.
 * @returns one for each group of platforms that is built in the same place
 * @throws Failure as `openBuilder`, and `daemon-unreachable`
 */
export async function openBuilders(
  inputs: Inputs,
  options: {
    readonly platforms: readonly string[];
    readonly runner: Runner;
    readonly env: Environment;
    readonly step: StepScratch;
    readonly swept: Promise<unknown>;
    readonly log: (line: string) => void;
    readonly warn: (message: string) => void;
  },
): Promise<readonly Builder[]> {
  const { runner, env, step, log, warn } = options;
  const { machines, tls } = inputs.remote;
  if (machines.length === 0) {
    return [await openBuilder({ ...options, inputs: inputs.buildkit, mirrors: inputs.mirrors })];
  }
  const [buildctl, certificates] = await Promise.all([bringBuildctl(inputs, options), placeCertificates(tls, step)]);
  const access = { buildctl, tls: certificates, env, log, warn };
  // What warms the caches of a machine: the image, and where it is built from.
  const key = `${runner.repositoryUrl ?? ''} ${inputs.imageShortName}`;
  return Promise.all(machines.map((group) => openMachines(group, { key, access })));
}

/** Nothing but buildctl is needed here. */
async function bringBuildctl(
  { buildkit }: Inputs,
  { runner, step, log }: { runner: Runner; step: StepScratch; log: (line: string) => void },
): Promise<string> {
  const { from } = buildkit;
  if (from.kind === 'programs') {
    log(`buildctl from ${from.directory} (buildkitPath)`);
    return from.buildctl;
  }
  const begin = Date.now();
  const { buildctl, isNew } = await installBuildctl({
    release: from,
    arch: runner.arch,
    toolCache: runner.toolCache,
    directory: join(step.bulk, 'download'),
  });
  const origin = isNew ? 'downloaded and verified' : 'from the tool cache';
  log(`buildctl ${from.version} ${origin} (${formatDuration(Date.now() - begin)})`);
  return buildctl;
}
