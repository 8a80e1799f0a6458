import { execFile } from 'node:child_process';
import type { Privilege } from '../plan/buildkit-mode.ts';

export interface RunResult {
  /** 127 when the program could not be started; null when a signal or the time limit ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Argv = readonly [string, ...string[]];

/** None of the step's own variables: some are secrets, and what is started may outlive the step. */
export const PLAIN_ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' };

/**
 * Runs a program with the rights of a daemon and returns what it printed. Arguments are never given to a shell.
 * @param timeout milliseconds; 0 for none
 */
export async function runAs(privilege: Privilege, argv: Argv, timeout = 0): Promise<RunResult> {
  // What runs as root cannot be ended from here.
  const limited: Argv =
    privilege === 'sudo' && timeout > 0 ? ['timeout', '-s', 'KILL', String(Math.ceil(timeout / 1000)), ...argv] : argv;
  return run(argvOf(privilege, limited), timeout);
}

/** What starts a program with these rights. */
export function argvOf(privilege: Privilege, argv: Argv): Argv {
  return privilege === 'sudo' ? ['sudo', '-n', '--', ...argv] : argv;
}

/** @param timeout milliseconds, after which nobody waits for the program; 0 for none */
export function run([program, ...args]: Argv, timeout = 0): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env: PLAIN_ENVIRONMENT }, (error, stdout, stderr) => {
      clearTimeout(timer);
      const isStarted = child.pid !== undefined;
      const code = error === null ? 0 : isStarted ? codeOf(error) : 127;
      resolve({ code, stdout, stderr: stderr || (isStarted ? '' : `${program} cannot be started`) });
    });
    const giveUp = () => {
      child.kill('SIGKILL');
      // It may be root's, or wait in the kernel: then it does not end by that.
      resolve({ code: null, stdout: '', stderr: `${program} has not ended in ${Math.ceil(timeout / 1000)} s` });
    };
    const timer = timeout > 0 ? setTimeout(giveUp, timeout) : undefined;
  });
}

function codeOf({ code }: { readonly code?: number | string | null | undefined }): number | null {
  return typeof code === 'number' ? code : null;
}
