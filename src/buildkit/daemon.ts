import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { daemonName, readDaemonProcess } from '../machine/daemon-scratch.ts';
import { disposeScratch } from '../machine/dispose.ts';
import { isAlive } from '../machine/processes.ts';
import { createScratch, exists, type Scratch, scratchAt, stepOwner } from '../machine/scratch.ts';
import { answers } from './health.ts';
import { takeSlot } from './kept-root.ts';
import { type LaunchOptions, LOG, launch, prepareDaemon, SOCKET, variables } from './launch.ts';

/** A daemon that answers. */
export interface Daemon {
  /** Address for buildctl. */
  readonly address: string;
  /** Path of its log, which only its user may read. */
  readonly log: string;
  /** False: an earlier step of the job has started it, and stops it. */
  readonly started: boolean;
}

export interface DaemonOptions extends LaunchOptions {
  readonly jobId: string;
  readonly temp: string;
  /** Where data are kept beyond the job, without links. */
  readonly keptRoot: string | undefined;
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
  const { privilege, keptRoot } = options;
  const scratch = scratchAt(scratchName(options), options.temp);
  const daemon = { address: `unix://${join(scratch.directory, SOCKET)}`, log: join(scratch.directory, LOG) };
  if (await exists(scratch)) {
    if (await isReady(scratch)) {
      return { ...daemon, started: false };
    }
    await disposeScratch(scratch);
  }
  options.onCreate(scratch);
  await createScratch(scratch, await stepOwner());
  const command = await prepareDaemon({ ...options, isKept: keptRoot !== undefined }, scratch);
  const launched =
    keptRoot === undefined
      ? await launch(command, { privilege, scratch, slot: undefined })
      : await takeSlot({ ...options, root: keptRoot }, (slot) => launch(command, { privilege, scratch, slot }));
  if (launched?.code !== 0) {
    throw notStarted(`its launch ended with ${launched?.code}`, launched?.stderr ?? '');
  }
  await waitUntilReady(scratch);
  return { ...daemon, started: true };
}

/** One daemon per job and per everything that makes daemons differ. */
function scratchName(options: DaemonOptions): string {
  const { jobId, programs, privilege, rootlesskit, env, mirrors, config, keptRoot } = options;
  const fingerprint = [jobId, programs.directory, privilege, rootlesskit, variables(env), mirrors, config, keptRoot];
  const text = JSON.stringify(fingerprint, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return daemonName(privilege, createHash('sha256').update(text).digest('hex').slice(0, 16));
}

async function waitUntilReady(scratch: Scratch): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await isReady(scratch))) {
    const daemon = await readDaemonProcess(scratch.directory);
    if (daemon === undefined || !(await isAlive(daemon))) {
      throw notStarted('it ended at once', await readLog(scratch));
    }
    if (Date.now() > deadline) {
      throw notStarted(`it does not answer after ${START_TIMEOUT / 1000} s`, await readLog(scratch));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
}

async function isReady({ directory }: Scratch): Promise<boolean> {
  const daemon = await readDaemonProcess(directory);
  return daemon !== undefined && (await isAlive(daemon)) && (await answers(join(directory, SOCKET), 2_000));
}

/** What the daemon has written to its log so far. */
async function readLog({ directory }: Scratch): Promise<string> {
  return readFile(join(directory, LOG), 'utf8').catch(() => '');
}

function notStarted(reason: string, log: string): Failure {
  const lines = withoutFrames(log.trim().split('\n')).slice(-15);
  return new Failure({
    code: 'daemon-not-started',
    message: `The BuildKit daemon could not be started: ${reason}. Its last lines:\n${lines.join('\n')}`,
    hint: 'The lines above say why. When it is a setting, correct buildkitConfig; in a container, BuildKit needs a privileged one.',
  });
}

/** buildkitd ends with a stack: names of functions, and below each its place after a tab. */
function withoutFrames(lines: readonly string[]): string[] {
  return lines.filter((line, index) => !line.startsWith('\t') && !lines[index + 1]?.startsWith('\t'));
}
