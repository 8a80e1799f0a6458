import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { Failure } from '../failure.ts';
import { disposeScratch } from '../machine/dispose.ts';
import { type Privilege, runAsRoot } from '../machine/privilege.ts';
import { isAlive } from '../machine/processes.ts';
import {
  cgroupOf,
  createScratch,
  DAEMON_PID,
  exists,
  readDaemonProcess,
  type Scratch,
  scratchAt,
  stepOwner,
} from '../machine/scratch.ts';
import { type Mirror, registryTables } from '../plan/mirrors.ts';
import { quoteWord } from '../plan/words.ts';
import type { Environment } from '../runner.ts';
import { answers } from './health.ts';
import { type Programs, pathWith } from './programs.ts';

/** A daemon that answers. */
export interface Daemon {
  /** Address for buildctl. */
  readonly address: string;
  /** False: an earlier step of the job has started it, and stops it. */
  readonly started: boolean;
}

export interface DaemonOptions {
  readonly programs: Programs;
  readonly privilege: Privilege;
  readonly jobId: string;
  readonly temp: string;
  readonly env: Environment;
  readonly mirrors: readonly Mirror[];
  /** Called with the daemon's scratch before it is made. */
  readonly onCreate: (scratch: Scratch) => void;
}

const SOCKET = 'bk.sock';
const LOG = 'buildkitd.log';
/** Median 0.12 s, worst 0.33 s where it was measured: what takes longer than this does not come up. */
const START_TIMEOUT = 30_000;
const POLL_INTERVAL = 10;

/** What a daemon takes over from the step: where it finds registries and whom it trusts. Nothing else, no secrets. */
const DAEMON_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/**
 * Runs in a shell, as root: $1 is the scratch directory, the rest is the command of the daemon.
 * The daemon leaves the session of the step, and its number is written down before it is one; the shell stays until
 * then, because sudo takes its terminal away when the shell ends.
 */
const LAUNCH = `
directory=$1; shift
umask 022
. "$directory/environment"
rm -f "$directory/${DAEMON_PID}"
setsid sh -c 'echo "$$ $(cut -d " " -f 22 /proc/$$/stat)" >"$0"; exec "$@"' \\
  "$directory/${DAEMON_PID}" "$@" </dev/null >"$directory/${LOG}" 2>&1 &
until [ -s "$directory/${DAEMON_PID}" ] || ! kill -0 $!; do sleep 0.01; done
`;

/**
 * Takes over the daemon that an earlier step of this job runs with the same fingerprint, or starts one.
 * @throws Failure `daemon-not-started` with the last lines of its log
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const scratch = scratchAt(scratchName(options), options.temp);
  const daemon = { address: `unix://${join(scratch.directory, SOCKET)}` };
  if (await exists(scratch)) {
    if (await isReady(scratch)) {
      return { ...daemon, started: false };
    }
    await disposeScratch(scratch);
  }
  options.onCreate(scratch);
  await createScratch(scratch, await stepOwner());
  await launch(options, scratch);
  await waitUntilReady(scratch);
  return { ...daemon, started: true };
}

/** One daemon per job and per everything that makes daemons differ. */
function scratchName({ jobId, programs, privilege, env, mirrors }: DaemonOptions): string {
  const fingerprint = [jobId, programs.directory, privilege, variables(env), mirrors];
  return `daemon-${createHash('sha256').update(JSON.stringify(fingerprint)).digest('hex').slice(0, 16)}`;
}

function variables(env: Environment): (readonly [string, string])[] {
  return DAEMON_VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

async function launch(options: DaemonOptions, scratch: Scratch): Promise<void> {
  const { programs, privilege, env, mirrors } = options;
  const { directory, bulk } = scratch;
  // In a file, not in arguments: everybody on the machine sees those, and a proxy's address may hold a password.
  // BuildKit leaves a directory behind for every SSH agent that it forwards.
  const temporary = join(directory, 't');
  await mkdir(temporary, { mode: 0o700 });
  const path = pathWith(programs, env.PATH);
  const environment = [...variables(env), ['PATH', path] as const, ['TMPDIR', temporary] as const];
  const lines = environment.map(([name, value]) => `export ${name}=${quoteWord(value)}\n`);
  await writeFile(join(directory, 'environment'), lines.join(''), { mode: 0o600 });
  const config = join(directory, 'buildkitd.toml');
  await writeFile(
    config,
    stringify({ ...daemonConfig(programs, cgroupOf(scratch)), registry: registryTables(mirrors) }),
    { mode: 0o600 },
  );
  const { code, stderr } = await runAsRoot(privilege, [
    'sh',
    '-c',
    LAUNCH,
    'sh',
    directory,
    programs.buildkitd,
    ...['--config', config],
    ...['--root', join(bulk, 'root')],
    ...['--addr', `unix://${join(directory, SOCKET)}`],
    ...['--group', String(process.getgid?.() ?? 0)],
    ...['--otel-socket-path', join(directory, 'otel.sock')],
  ]);
  if (code !== 0) {
    throw notStarted(`its launch ended with ${code}`, stderr);
  }
}

/**
 * Both workers are set: left to itself the daemon looks for runc by another name than it is given, and takes a second
 * worker where the machine has containerd, as hosted runners do. A daemon that lives as long as a job needs no garbage
 * collection, which on a full disk takes layers away in the middle of a build.
 */
function daemonConfig({ runc }: Programs, cgroup: string) {
  const oci = { enabled: true, binary: runc, gc: false, defaultCgroupParent: cgroup };
  return { worker: { oci, containerd: { enabled: false } } };
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
  const lines = log.trim().split('\n').slice(-15);
  return new Failure({
    code: 'daemon-not-started',
    message: `The BuildKit daemon could not be started: ${reason}. Its last lines:\n${lines.join('\n')}`,
    hint: 'The lines above say why; in a container, BuildKit needs a privileged one.',
  });
}
