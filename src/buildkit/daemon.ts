import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../failure.ts';
import { cgroupOf, DAEMON_ROOT, hasFingerprint, newDaemonName, readDaemonProcess } from '../machine/daemon-scratch.ts';
import { disposeScratch } from '../machine/dispose.ts';
import { stepOwner } from '../machine/owner.ts';
import { isAlive, type ProcessId } from '../machine/processes.ts';
import { createScratch, findScratch, type Scratch, scratchAt } from '../machine/scratch.ts';
import { decideNetwork, type NetworkFacts, type NetworkPlan } from '../plan/build-network.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { lastLogLines, readDaemonLog } from './daemon-log.ts';
import { answers } from './health.ts';
import { takeSlot } from './kept-root.ts';
import { ENVIRONMENT, type LaunchOptions, LOG, launch, prepareDaemon, SOCKET, variables } from './launch.ts';
import { type BuildNetwork, HOST, openNetwork } from './network.ts';
import { pathWith } from './programs.ts';

/** What there is of a daemon on this machine. */
export interface LocalDaemon {
  readonly process: ProcessId;
  readonly privilege: Privilege;
  /** Path of its socket. */
  readonly socket: string;
  /** Path of its log, which only its user may read. */
  readonly log: string;
  /** Directory of its data. */
  readonly data: string;
  /** Name of the control group of its build steps; undefined where they have none of their own. */
  readonly cgroup: string | undefined;
}

/** A daemon that answers. */
export interface Daemon extends LocalDaemon {
  /** Address for buildctl. */
  readonly address: string;
  /** False: an earlier step of the job has started it, and stops it. */
  readonly started: boolean;
  /** Of its build steps; undefined when the step that has started it has told of that. */
  readonly network?: { readonly plan: NetworkPlan; readonly made: BuildNetwork };
}

export interface DaemonOptions extends LaunchOptions {
  readonly jobId: string;
  readonly temp: string;
  /** Where data are kept beyond the job, without links. */
  readonly keptRoot: string | undefined;
  readonly facts: NetworkFacts;
  /** Called with the daemon's scratch before it is made. */
  readonly onCreate: (scratch: Scratch) => void;
}

/** Median 0.12 s, worst 0.33 s where it was measured: what takes longer than this does not come up. */
const START_TIMEOUT = 30_000;
const POLL_INTERVAL = 10;

/**
 * Takes over the daemon that an earlier step of this job runs with the same fingerprint, or starts one.
 * @throws Failure `daemon-not-started` with the last lines of its log, `rootless-unavailable`, `buildkit-root-unusable`
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { privilege } = options;
  const fingerprint = fingerprintOf(options);
  const earlier = await findEarlier(privilege, fingerprint);
  if (earlier !== undefined) {
    return { ...earlier, started: false };
  }
  const scratch = scratchAt(newDaemonName(privilege, fingerprint), options.temp);
  options.onCreate(scratch);
  const plan = decideNetwork(options.facts, { ...options, fingerprint });
  const { process, network } = await bringUp(scratch, { ...options, plan }).catch(async (error: unknown) => {
    if (plan.kind !== 'bridge' || !(error instanceof Failure) || error.code !== 'daemon-not-started') {
      throw error;
    }
    // A machine may have all that a bridge takes and still refuse it. If it is something else, it is told of now.
    const refusal = lastWords(await readDaemonLog(join(scratch.directory, LOG)));
    if (/^got SIG/.test(refusal)) {
      // Somebody has ended it: that says nothing of the bridge.
      throw error;
    }
    await disposeScratch(scratch);
    const started = await bringUp(scratch, { ...options, plan: { kind: 'host', reason: '', fix: '' } });
    return { ...started, network: { ...HOST, refusal } };
  });
  return { ...describe(scratch, privilege, process), started: true, network: { plan, made: network } };
}

/** The daemon of an earlier step. One that does not answer is taken away, unless the step that has started it still runs. */
async function findEarlier(privilege: Privilege, fingerprint: string): Promise<Omit<Daemon, 'started'> | undefined> {
  for (const { isMakerAlive, ...scratch } of await findScratch((name) =>
    hasFingerprint(name, privilege, fingerprint),
  )) {
    const running = await findReady(scratch);
    if (running !== undefined) {
      return describe(scratch, privilege, running);
    }
    if (!isMakerAlive) {
      await disposeScratch(scratch);
    }
  }
  return undefined;
}

/** Starts a daemon whose build steps get such a network, and waits until it answers. */
async function bringUp(
  scratch: Scratch,
  options: DaemonOptions & { readonly plan: NetworkPlan },
): Promise<{ readonly process: ProcessId; readonly network: BuildNetwork }> {
  const { privilege, keptRoot, plan, programs, env } = options;
  await createScratch(scratch, await stepOwner());
  const network = await openNetwork(plan, { scratch, privilege, path: pathWith(programs, env.PATH) });
  const prepared = { ...options, isKept: keptRoot !== undefined, network: network.keys };
  const command = await prepareDaemon(prepared, scratch);
  try {
    const launched =
      keptRoot === undefined
        ? await launch(command, { privilege, scratch, slot: undefined })
        : await takeSlot({ ...options, root: keptRoot }, (slot) => launch(command, { privilege, scratch, slot }));
    if (launched?.code !== 0) {
      throw notStarted(`its launch ended with ${launched?.code}`, launched?.stderr ?? '');
    }
    return { process: await waitUntilReady(scratch), network };
  } finally {
    await rm(join(scratch.directory, ENVIRONMENT), { force: true });
  }
}

function describe({ directory, bulk }: Scratch, privilege: Privilege, process: ProcessId): Omit<Daemon, 'started'> {
  const socket = join(directory, SOCKET);
  return {
    process,
    privilege,
    socket,
    address: `unix://${socket}`,
    log: join(directory, LOG),
    data: join(bulk, DAEMON_ROOT),
    cgroup: privilege === 'rootless' ? undefined : cgroupOf(basename(directory)),
  };
}

/** Milliseconds for the answer of a daemon that builds: it may have much to do. */
const ANSWER_TIMEOUT = 15_000;

/** Whether a daemon that builds still answers. One that has ended is not looked at: whoever waits for it is told of that by the kernel. */
export async function answersStill({ process, socket }: LocalDaemon): Promise<boolean> {
  return (await answers(socket, ANSWER_TIMEOUT)) || !(await isAlive(process));
}

/** One daemon per job and per everything that makes daemons differ. @returns hexadecimal digits */
function fingerprintOf(options: DaemonOptions): string {
  const { jobId, programs, privilege, rootlesskit, env, mirrors, config, keptRoot } = options;
  const parts = [jobId, programs.directory, privilege, rootlesskit, variables(env), mirrors, config, keptRoot];
  const text = JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex');
}

async function waitUntilReady(scratch: Scratch): Promise<ProcessId> {
  const deadline = Date.now() + START_TIMEOUT;
  for (;;) {
    const ready = await findReady(scratch);
    if (ready !== undefined) {
      return ready;
    }
    const daemon = await readDaemonProcess(scratch.directory);
    if (daemon === undefined || !(await isAlive(daemon))) {
      throw notStarted('it ended at once', await readDaemonLog(join(scratch.directory, LOG)));
    }
    if (Date.now() > deadline) {
      throw notStarted(
        `it does not answer after ${START_TIMEOUT / 1000} s`,
        await readDaemonLog(join(scratch.directory, LOG)),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
}

async function findReady({ directory }: Scratch): Promise<ProcessId | undefined> {
  const daemon = await readDaemonProcess(directory);
  const isReady = daemon !== undefined && (await isAlive(daemon)) && (await answers(join(directory, SOCKET), 2_000));
  return isReady ? daemon : undefined;
}

function notStarted(reason: string, log: string): Failure {
  const lines = lastLogLines(log);
  return new Failure({
    code: 'daemon-not-started',
    message: `The BuildKit daemon could not be started: ${reason}. Its last lines:\n${lines.join('\n')}`,
    hint: 'The lines above say why. When it is a setting, correct buildkitConfig; in a container, BuildKit needs a privileged one.',
  });
}

/** What a daemon has ended with. */
function lastWords(log: string): string {
  const words = log.split('\n').findLast((line) => line.startsWith('buildkitd: '));
  return words?.replace('buildkitd: ', '') ?? 'the BuildKit daemon does not start with it';
}
