import { join } from 'node:path';
import type { Inputs } from '../inputs.ts';
import { phase, type Say } from '../log.ts';
import { readNetworkFacts } from '../machine/network-facts.ts';
import { findWay } from '../machine/privilege.ts';
import type { StepScratch } from '../machine/step.ts';
import { hostNetworkLine, hostNetworkWarning, isNetworkGiven } from '../plan/build-network.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { ownedKeys } from '../plan/daemon-config.ts';
import { emulatorsOf } from '../plan/platforms.ts';
import type { Environment, Runner } from '../runner.ts';
import { type Client, localClient } from './client.ts';
import { answersStill, type Daemon, type LocalDaemon, startDaemon } from './daemon.ts';
import { emulationLines } from './emulation-log.ts';
import { type Emulation, findEmulation } from './emulators.ts';
import { BUILDKIT, installBuildkit } from './install.ts';
import { openKeptRoot } from './kept-root.ts';
import { withPlugins } from './network.ts';
import { type Programs, pathWith } from './programs.ts';
import { findRootlesskit, installRootlesskit, type Rootlesskit } from './rootlesskit.ts';

/** A BuildKit that is ready to build. */
export interface Builder {
  readonly client: Client;
  /** What it builds; where that was not given, the platform of its machine. */
  readonly platforms: readonly string[];
  readonly emulation: Emulation;
  /** Address of a machine elsewhere; undefined: this one. */
  readonly place?: string;
  /** Tells whether its daemon still gives an answer, whatever it is. */
  readonly isThere: (signal: AbortSignal) => Promise<boolean>;
  /** Undefined where it is elsewhere. */
  readonly daemon?: LocalDaemon;
  /** Opens another machine in place of this one; undefined when there is none. */
  readonly next?: (() => Promise<Builder>) | undefined;
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
  /** Shows one message to the user. */
  readonly warn: (message: string) => void;
}): Promise<Builder> {
  const { inputs, platforms, mirrors, runner, env, step, swept, warn } = options;
  // Nothing is downloaded before it is known that a daemon can run here, and which programs it takes.
  const { from, hasMirror } = inputs;
  const found = await findRootlesskit({ ...runner, from, hasMirror, path: env.PATH });
  const { privilege, reason } = await findWay({ mode: inputs.mode, rootlesskit: found?.path });
  const keptRoot = inputs.root === undefined ? undefined : await openKeptRoot(inputs.root, privilege);
  const hasPlugins = !isNetworkGiven(inputs.config, privilege);
  const [{ programs }, machine, rootlesskit] = await Promise.all([
    phase(
      (say) => bringPrograms({ ...options, hasPlugins }, say),
      ({ title }) => title,
    ),
    readNetworkFacts(env.PATH),
    privilege === 'rootless' ? bringRootlesskit(found, options) : undefined,
    swept,
  ]);
  const start = async (say: Say) => {
    const owned = ownedKeys(inputs.config);
    if (owned.length > 0) {
      say(`buildkitConfig: ${owned.join(', ')} left out, because the action decides about it`);
    }
    return startDaemon({
      programs,
      privilege,
      rootlesskit,
      keptRoot,
      env,
      mirrors,
      log: say,
      jobId: runner.jobId,
      temp: runner.temp,
      config: inputs.config,
      facts: await withPlugins(machine, pathWith(programs, env.PATH)),
      onCreate: step.remember,
    });
  };
  const { client, emulation, daemon } = await phase(
    async (say) => {
      const daemon = await start(say);
      say(
        daemon.started
          ? `BuildKit daemon started ${HOW[privilege]} (buildkitMode ${inputs.mode}: ${reason})`
          : 'BuildKit daemon of an earlier step of this job',
      );
      describeNetwork(daemon, { isHosted: runner.isHosted, say, warn });
      const client = localClient(programs.buildctl, daemon.address);
      const { arch } = runner;
      const emulation = await findEmulation(platforms, { client, arch, path: pathWith(programs, env.PATH) });
      const place = from.kind === 'programs' ? `in ${from.directory} (buildkitPath)` : 'in the archive';
      emulationLines(emulation, { arch, place }).forEach(say);
      return { client, emulation, daemon };
    },
    ({ daemon: { started } }) => (started ? `Start BuildKit ${HOW[privilege]}` : 'Use the BuildKit of an earlier step'),
  );
  return { client, platforms, emulation, daemon, isThere: () => answersStill(daemon) };
}

/** On a machine of somebody's own, build steps that can reach it are worth a warning; a hosted one has little to reach. */
function describeNetwork({ network }: Daemon, { isHosted, say, warn }: Telling): void {
  if (network === undefined || network.plan.kind === 'given') {
    return;
  }
  const { plan, made } = network;
  if (plan.kind === 'bridge' && made.subnet !== undefined) {
    say(`Build steps have a network of their own (${made.subnet})`);
    return;
  }
  const why =
    plan.kind === 'host' ? plan : { reason: `a bridge does not work here: ${made.refusal}`, fix: 'Mend that' };
  if (isHosted) {
    say(hostNetworkLine(why.reason));
  } else {
    warn(hostNetworkWarning(why));
  }
}

interface Telling {
  readonly isHosted: boolean;
  readonly say: Say;
  readonly warn: (message: string) => void;
}

const HOW: Readonly<Record<Privilege, string>> = { root: 'as root', sudo: 'through sudo', rootless: 'rootless' };

/** @returns the path of the program */
async function bringRootlesskit(
  found: Rootlesskit | undefined,
  { runner, step }: { readonly runner: Runner; readonly step: StepScratch },
): Promise<string | undefined> {
  const bring = async (say: Say) => {
    if (found?.kind !== 'release') {
      say(`RootlessKit from ${found?.path}`);
      return 'Use the RootlessKit of this machine';
    }
    const { release } = found;
    const directory = join(step.bulk, 'download-rootlesskit');
    const { downloaded } = await installRootlesskit({ ...runner, release, directory });
    say(`RootlessKit ${release.version} ${downloaded ? 'downloaded and verified' : 'from the tool cache'}`);
    return `Install RootlessKit ${release.version} (${downloaded ? 'downloaded' : 'tool cache'})`;
  };
  await phase(bring, (title) => title);
  return found?.path;
}

async function bringPrograms(
  {
    inputs: { from },
    platforms,
    hasPlugins,
    runner,
    step,
  }: {
    readonly inputs: Inputs['buildkit'];
    readonly platforms: readonly string[];
    readonly hasPlugins: boolean;
    readonly runner: Runner;
    readonly step: StepScratch;
  },
  say: Say,
): Promise<{ readonly programs: Programs; readonly title: string }> {
  if (from.kind === 'programs') {
    say(`BuildKit from ${from.directory} (buildkitPath)`);
    return { programs: from, title: 'Use the BuildKit of buildkitPath' };
  }
  const { programs, downloaded } = await installBuildkit({
    release: from,
    emulators: emulatorsOf(platforms, runner.arch),
    hasPlugins,
    arch: runner.arch,
    toolCache: runner.toolCache,
    directory: join(step.bulk, 'download'),
  });
  say(`BuildKit ${from.version} ${originOf(downloaded)}`);
  return {
    programs,
    title: `Install BuildKit ${from.version} (${downloaded.length === 0 ? 'tool cache' : 'downloaded'})`,
  };
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
