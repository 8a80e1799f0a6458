import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** What it printed, both streams in the order in which it came. */
  readonly output: string;
}

export interface RunOptions {
  /** All of its variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly onStart?: (pid: number) => void;
  /** Sends SIGINT when it aborts. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end, without a shell. */
export function runProgram(command: readonly string[], { env, cwd, onStart, signal }: RunOptions): Promise<Ended> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('spawn', () => onStart?.(child.pid ?? 0));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
    signal?.addEventListener('abort', () => child.kill('SIGINT'));
  });
}
