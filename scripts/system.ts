import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { isStaticProgram } from '../test/support/elf.ts';
import { findProgram } from '../test/support/programs.ts';

/** One thing that the demo, the tests or the pictures need from the system, and the Debian package that brings it. */
export interface Need {
  readonly package: string;
  readonly present: () => boolean;
}

const NEEDS: readonly Need[] = [
  // The package "busybox" is linked dynamically and cannot be the only file of a base image.
  { package: 'busybox-static', present: () => isStaticProgram(findProgram('busybox')) },
  { package: 'ca-certificates', present: () => existsSync('/etc/ssl/certs/ca-certificates.crt') },
  { package: 'gcc', present: () => findProgram('gcc') !== undefined },
  { package: 'git', present: () => findProgram('git') !== undefined },
  { package: 'git-lfs', present: () => findProgram('git-lfs') !== undefined },
  { package: 'iproute2', present: () => findProgram('ip') !== undefined },
  { package: 'iptables', present: () => findProgram('iptables') !== undefined },
  { package: 'libc6-dev', present: () => globSync('/usr/lib/*/libc.a').length > 0 },
  {
    package: 'libseccomp-dev',
    present: () => existsSync('/usr/include/seccomp.h') && globSync('/usr/lib/*/libseccomp.a').length > 0,
  },
  { package: 'openssh-client', present: () => findProgram('ssh') !== undefined },
  { package: 'openssh-server', present: () => existsSync('/usr/sbin/sshd') },
  { package: 'openssl', present: () => findProgram('openssl') !== undefined },
  { package: 'pkg-config', present: () => findProgram('pkg-config') !== undefined },
  { package: 'sudo', present: () => findProgram('sudo') !== undefined },
  { package: 'uidmap', present: () => findProgram('newuidmap') !== undefined },
  {
    package: 'util-linux',
    present: () => ['setpriv', 'unshare', 'flock'].every((name) => findProgram(name) !== undefined),
  },
];

/** Only the pictures of the documentation need a browser. */
export const CHROMIUM: Need = { package: 'chromium', present: () => findProgram('chromium') !== undefined };

/**
 * Makes sure that the Debian packages which the demo and the tests use are there.
 * Root gets them installed; so does a CI machine whose sudo asks no password. A person's own account is never changed:
 * there the one command to run is part of the error.
 * @throws Error of one line when a package is missing and cannot be installed
 */
export async function ensureSystemPackages({
  log,
  more = [],
}: {
  readonly log: (line: string) => void;
  readonly more?: readonly Need[];
}): Promise<void> {
  const needs = [...NEEDS, ...more];
  const missing = needs.filter(({ present }) => !present()).map((need) => need.package);
  if (missing.length === 0) {
    return;
  }
  const prefix = installerPrefix();
  if (prefix === undefined) {
    throw new Error(
      `The system lacks ${missing.join(', ')}. Run this once: sudo apt-get install -y ${missing.join(' ')}`,
    );
  }
  log(`Installing ${missing.join(', ')} with apt-get ...`);
  run([...prefix, 'apt-get', 'update', '-qq']);
  // Without --no-upgrade, apt-get would also replace what is there already but was not recognised.
  run([...prefix, 'apt-get', 'install', '-y', '-qq', '--no-upgrade', '--no-install-recommends', ...missing]);
  const still = needs.filter(({ present }) => !present()).map((need) => need.package);
  if (still.length > 0) {
    throw new Error(`apt-get reported success, but the system still lacks what ${still.join(', ')} should bring.`);
  }
}

/** No questions; and in run level 1 no service of a package, such as sshd, is started. Source: invoke-rc.d(8). */
const QUIETLY = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];

/** What has to stand before apt-get, or undefined when this process may not change the system. */
function installerPrefix(): readonly string[] | undefined {
  if (findProgram('apt-get') === undefined) {
    return undefined;
  }
  if (process.getuid?.() === 0) {
    return ['env', ...QUIETLY];
  }
  const sudoAsksNothing =
    process.env.CI === 'true' && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudoAsksNothing ? ['sudo', '-n', 'env', ...QUIETLY] : undefined;
}

function run(command: readonly string[]): void {
  const [program = '', ...args] = command;
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) {
    const last = (error?.message ?? stderr).trim().split('\n').at(-1);
    throw new Error(`"${command.join(' ')}" failed: ${last}`);
  }
}
