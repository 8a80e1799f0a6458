import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify, type TomlTable } from 'smol-toml';
import { cgroupOf, DAEMON_PID, DAEMON_ROOT, KEPT, ROOTLESSKIT } from '../machine/daemon-scratch.ts';
import { type RunResult, run, runAs } from '../machine/run.ts';
import { inPassing, type Scratch } from '../machine/scratch.ts';
import type { Slot } from '../machine/slots.ts';
import { type Privilege, rootlessRefused } from '../plan/buildkit-mode.ts';
import { daemonConfig } from '../plan/daemon-config.ts';
import type { Mirror } from '../plan/mirrors.ts';
import { quoteWord } from '../plan/words.ts';
import type { Environment } from '../runner.ts';
import { type Programs, pathWith } from './programs.ts';

export interface LaunchOptions {
  readonly programs: Programs;
  readonly privilege: Privilege;
  /** For `rootless` only. */
  readonly rootlesskit: string | undefined;
  readonly env: Environment;
  readonly mirrors: readonly Mirror[];
  readonly config: TomlTable;
  /** Takes one line of the log. */
  readonly log: (line: string) => void;
}

export const SOCKET = 'bk.sock';
export const LOG = 'buildkitd.log';
/** Variables of the daemon, for as long as it takes to start it. */
export const ENVIRONMENT = 'environment';

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

/** Exit code of the launch: another daemon has taken the slot. Source: sysexits.h, EX_TEMPFAIL. */
const TAKEN = 75;

/**
 * Runs in a shell, with the rights of the daemon: $1 is the scratch directory, $2 the place of the data in it, $3 the slot or
 * nothing, the rest is the command of the daemon.
 * The daemon leaves the session of the step, and its number is written down before it is one; the shell stays until
 * then, because sudo takes its terminal away when the shell ends. The lock of a slot is file 9, which the daemon inherits.
 * Links to the slot are made only by who holds it: whoever finds one may take away what is mounted below.
 */
const LAUNCH = `
directory=$1; data=$2; slot=$3; shift 3
umask 022
. "$directory/${ENVIRONMENT}"
rm -f "$directory/${DAEMON_PID}"
if [ -n "$slot" ]; then
  exec 9>>"$slot.lock"
  flock -n 9 || exit ${TAKEN}
  basename "$directory" >"$slot.lock"
  mkdir -p -m 700 "$slot"
  ln -s "$slot" "$data" && ln -s "$slot" "$directory/${KEPT}" || exit
fi
setsid sh -c 'echo "$$ $(cut -d " " -f 22 /proc/$$/stat)" >"$0"; exec "$@"' \\
  "$directory/${DAEMON_PID}" "$@" </dev/null >"$directory/${LOG}" 2>&1 &
until [ -s "$directory/${DAEMON_PID}" ] || ! kill -0 $!; do sleep 0.01; done
`;

/** The variables that make daemons differ. */
export function variables(env: Environment): (readonly [string, string])[] {
  return DAEMON_VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/**
 * Writes down what a daemon needs.
 * @returns its command
 * @throws Failure `rootless-unavailable`
 */
export async function prepareDaemon(
  options: LaunchOptions & { readonly isKept: boolean; readonly network: TomlTable },
  scratch: Scratch,
): Promise<readonly string[]> {
  const { programs, privilege, rootlesskit, env, mirrors, network, config, isKept } = options;
  const { directory, bulk } = scratch;
  await mkdir(bulk, { recursive: true });
  // BuildKit leaves a directory behind for every SSH agent that it forwards.
  const [temporary, runtime] = [join(directory, 't'), join(directory, 'x')];
  await Promise.all([temporary, runtime].map((path) => mkdir(path, { mode: 0o700 })));
  const own = [
    ['PATH', pathWith(programs, env.PATH)],
    ['TMPDIR', temporary],
    // Where runc keeps what it has to know of the steps: a rootless one may not write to /run.
    ...(privilege === 'rootless' ? ([['XDG_RUNTIME_DIR', runtime]] as const) : []),
  ] as const;
  // In a file, not in arguments: everybody on the machine sees those, and a proxy's address may hold a password.
  const lines = [...variables(env), ...own].map(([name, value]) => `export ${name}=${quoteWord(value)}\n`);
  await writeFile(join(directory, ENVIRONMENT), lines.join(''), { mode: 0o600 });
  const file = join(directory, 'buildkitd.toml');
  const cgroup = privilege === 'rootless' ? undefined : cgroupOf(basename(directory));
  const text = stringify(daemonConfig({ runc: programs.runc, cgroup, isKept, mirrors, network, given: config }));
  await writeFile(file, text, { mode: 0o600 });
  const buildkitd = [
    programs.buildkitd,
    ...['--config', file],
    ...['--root', join(bulk, DAEMON_ROOT)],
    ...['--addr', `unix://${join(directory, SOCKET)}`],
    ...['--otel-socket-path', join(directory, 'otel.sock')],
  ];
  if (privilege !== 'rootless' || rootlesskit === undefined) {
    return [...buildkitd, '--group', String(process.getgid?.() ?? 0)];
  }
  await symlink(rootlesskit, join(bulk, ROOTLESSKIT));
  const sandbox = await findSandbox(rootlesskit, { ...options, scratch });
  const namespaces = ['--net=host', `--state-dir=${join(directory, 'k')}`, ...sandbox.rootlesskit];
  return [rootlesskit, ...namespaces, ...buildkitd, '--rootless', ...sandbox.buildkitd];
}

/**
 * Starts a daemon, and does not wait for it.
 * @returns undefined: another daemon has taken the slot
 */
export async function launch(
  command: readonly string[],
  {
    privilege,
    scratch,
    slot,
  }: { readonly privilege: Privilege; readonly scratch: Scratch; readonly slot: Slot | undefined },
): Promise<RunResult | undefined> {
  const { directory, bulk } = scratch;
  const data = join(bulk, DAEMON_ROOT);
  const launched = await runAs(privilege, [
    'sh',
    '-c',
    LAUNCH,
    'sh',
    directory,
    data,
    slot?.directory ?? '',
    ...command,
  ]);
  return launched.code === TAKEN ? undefined : launched;
}

/** Whether /proc is that of the shell's own PID namespace: rootlesskit goes on with the other one when it cannot mount it. */
const OWN_PROC = 'read -r pid others </proc/self/stat && [ "$pid" = "$$" ]';

/**
 * With a PID namespace of its own, all that a rootless daemon runs ends with it, and a step does not see what else runs. Where
 * `/proc` may not be mounted anew, as in most containers, there is none.
 */
async function findSandbox(
  rootlesskit: string,
  { scratch, log }: { readonly scratch: Scratch; readonly log: (line: string) => void },
) {
  const attempt = (flags: readonly string[], command: readonly string[]) =>
    inPassing(scratch, (directory) =>
      run([rootlesskit, '--net=host', `--state-dir=${join(directory, 'k')}`, ...flags, ...command], 10_000),
    );
  if ((await attempt(['--pidns'], ['sh', '-c', OWN_PROC])).code === 0) {
    return { rootlesskit: ['--pidns'], buildkitd: [] };
  }
  const shared = await attempt([], ['true']);
  if (shared.code !== 0) {
    throw rootlessRefused(
      shared.stderr.trim().split('\n').at(-1) ?? '',
      'Its words say what the machine or container forbids: allow it',
    );
  }
  log(
    'Rootless BuildKit runs without a PID namespace, because /proc cannot be mounted here: build steps see the processes of this user.',
  );
  return { rootlesskit: [], buildkitd: ['--oci-worker-no-process-sandbox'] };
}
