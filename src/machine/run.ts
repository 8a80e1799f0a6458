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

/** Runs a program with the rights of a daemon and returns what it printed. Arguments are never given to a shell. */
export async function runAs(privilege: Privilege, argv: Argv): Promise<RunResult> {
  return run(argvOf(privilege, argv));
}

/** What starts a program with these rights. */
export function argvOf(privilege: Privilege, argv: Argv): Argv {
  return privilege === 'sudo' ? ['sudo', '-n', '--', ...argv] : argv;
}

/** @param timeout milliseconds; 0 for none */
export function run([program, ...args]: Argv, timeout = 0): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(program, args, { env: PLAIN_ENVIRONMENT, timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const isStarted = error === null || typeof error.code !== 'string';
      const code = error === null ? 0 : isStarted ? codeOf(error) : 127;
      resolve({ code, stdout, stderr: stderr || (isStarted ? '' : `${program} cannot be started`) });
    });
  });
}

function codeOf({ code }: { readonly code?: number | string | null | undefined }): number | null {
  return typeof code === 'number' ? code : null;
}
