import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import { phase, type Say } from '../log.ts';
import type { StepScratch } from '../machine/step.ts';
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
    readonly warn: (message: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<readonly Builder[]> {
  const { runner, env, step, warn, signal } = options;
  const { machines, tls } = inputs.remote;
  if (machines.length === 0) {
    return [await openBuilder({ ...options, inputs: inputs.buildkit, mirrors: inputs.mirrors })];
  }
  const [{ buildctl }, certificates] = await Promise.all([
    phase(
      (say) => bringBuildctl(inputs, { ...options, say }),
      ({ title }) => title,
    ),
    placeCertificates(tls, step),
  ]);
  // What warms the caches of a machine: the image, and where it is built from.
  const key = `${runner.repositoryUrl ?? ''} ${inputs.imageShortName}`;
  return phase(
    (say) => {
      const access = { buildctl, tls: certificates, env, log: say, warn, signal };
      return Promise.all(machines.map((group) => openMachines(group, { key, access })));
    },
    (builders) => `Connect to ${builders.map(({ place }) => place).join(', ')}`,
  );
}

/** Nothing but buildctl is needed here. */
async function bringBuildctl(
  { buildkit: { from } }: Inputs,
  { runner, step, say }: { runner: Runner; step: StepScratch; say: Say },
): Promise<{ readonly buildctl: string; readonly title: string }> {
  if (from.kind === 'programs') {
    say(`buildctl from ${from.directory} (buildkitPath)`);
    return { buildctl: from.buildctl, title: 'Use the buildctl of buildkitPath' };
  }
  const { buildctl, isNew } = await installBuildctl({
    release: from,
    arch: runner.arch,
    toolCache: runner.toolCache,
    directory: join(step.bulk, 'download'),
  });
  say(`buildctl ${from.version} ${isNew ? 'downloaded and verified' : 'from the tool cache'}`);
  return { buildctl, title: `Install buildctl ${from.version} (${isNew ? 'downloaded' : 'tool cache'})` };
}
