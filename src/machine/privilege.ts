import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.ts';

/** How this user does what only root may do. */
export type Privilege = 'root' | 'sudo';

/** Capability that mounting needs. Source: linux/capability.h. */
const CAP_SYS_ADMIN = 1n << 21n;

const ELSEWHERE =
  'Use a GitHub-hosted Ubuntu runner, give the user of the runner passwordless sudo, or run the job in a privileged container as root.';

/**
 * Finds out how to run BuildKit as root: directly, or by sudo without a password.
 * @throws Failure `privileges-missing`
 */
export async function findPrivilege(): Promise<Privilege> {
  if (process.getuid?.() === 0) {
    await checkCapabilities();
    return 'root';
  }
  const { code, stderr } = await run('sudo', ['-n', 'true']);
  if (code === 0) {
    return 'sudo';
  }
  throw new Failure({
    code: 'privileges-missing',
    message: `buildkitMode: BuildKit runs as root on this machine, and the runner's user (uid ${process.getuid?.()}) has no way to become root: ${stderr.trim() || `sudo ended with ${code}`}.`,
    hint: ELSEWHERE,
  });
}

/**
 * Runs a program as root and returns what it printed. Arguments are never given to a shell.
 * The program gets none of the step's variables: some are secrets, and what is started may outlive the step.
 */
export async function runAsRoot(privilege: Privilege, argv: readonly [string, ...string[]]): Promise<RunResult> {
  const [program, ...args] = argv;
  return privilege === 'root' ? run(program, args) : run('sudo', ['-n', '--', program, ...args]);
}

export interface RunResult {
  /** 127 when the program could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' };
    execFile(program, args, { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, stdout, stderr: stderr || (code === 127 ? `${program} cannot be started` : '') });
    });
  });
}

/** Root of an unprivileged container may not mount: better said at once than by a daemon that dies. */
async function checkCapabilities(): Promise<void> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*(?<mask>[0-9a-f]+)$/m.exec(status)?.groups?.mask ?? '0';
  if ((BigInt(`0x${effective}`) & CAP_SYS_ADMIN) === 0n) {
    throw new Failure({
      code: 'privileges-missing',
      message:
        'buildkitMode: this is root of a container that may not mount (CAP_SYS_ADMIN is missing), which BuildKit needs.',
      hint: ELSEWHERE,
    });
  }
}
