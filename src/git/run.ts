import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepTail } from '../buildkit/tail.ts';
import { codeOf, Failure } from '../failure.ts';
import { debug, reportWhile } from '../log.ts';
import type { GitSession } from './session.ts';

/** How a command of Git has ended. */
export interface GitResult {
  /** Null when a signal has ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** Its end: what was said last. */
  readonly stderr: string;
}

/**
 * Runs a command of Git, in one directory and with the login of one clone, to its end, whatever its exit code.
 * @throws Failure `git-missing`, `git-stalled`
 */
export type Git = (...args: readonly string[]) => Promise<GitResult>;

/** A server that says nothing for so long has stopped. Milliseconds. */
const PATIENCE = 60_000;
/** What ends in an error is said last. Bytes. */
const TAIL = 16 * 1024;
/** Between asking a group of processes to end and ending it. Milliseconds. */
const GRACE = 2_000;

/** @param options.host that is named when it stops answering */
export function openGit(
  session: GitSession,
  options: { readonly directory: string; readonly host: string; readonly signal: AbortSignal },
): Git {
  return (...args) => runGit([...session.config, ...args], { ...options, env: session.env });
}

/** Git in a process group of its own, so that what it has started, such as ssh, ends with it. */
async function runGit(
  args: readonly string[],
  options: {
    readonly directory: string;
    readonly host: string;
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<GitResult> {
  const { directory, host, signal, env } = options;
  signal.throwIfAborted();
  const child = spawn('git', args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const closed = once(child, 'close');
  const [stdout, stderr] = [keepTail(Number.MAX_SAFE_INTEGER), keepTail(TAIL)];
  const end = () => endGroup(child.pid);
  let hasStalled = false;
  const timer = setTimeout(() => {
    hasStalled = true;
    end();
  }, PATIENCE);
  signal.addEventListener('abort', end, { once: true });
  for (const [stream, kept] of [[child.stdout, stdout] as const, [child.stderr, stderr] as const]) {
    stream.on('data', (chunk: Buffer) => {
      kept.add(chunk);
      timer.refresh();
    });
  }
  try {
    const [code] = await reportWhile(closed, () => progressIn(stderr.text()));
    signal.throwIfAborted();
    if (hasStalled) {
      throw stalled(host);
    }
    debug(`git ended with ${code}: ${stderr.text()}`);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? missing(error) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** What Git shows last of its progress, such as `Receiving objects:  45% (450/1000), 12.00 MiB | 2.00 MiB/s`. */
function progressIn(stderr: string): string | undefined {
  const last = stderr.split(/[\r\n]+/).findLast((line) => line.trim() !== '');
  return last === undefined ? undefined : `Git: ${last.trim().slice(0, 200)}`;
}

function endGroup(pid: number | undefined): void {
  const kill = (signal: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(-(pid ?? 0), signal);
    } catch {
      // All of it has ended.
    }
  };
  if (pid !== undefined) {
    kill('SIGTERM');
    setTimeout(kill, GRACE, 'SIGKILL').unref();
  }
}

function stalled(host: string): Failure {
  return new Failure({
    code: 'git-stalled',
    message: `Git has made no progress for ${PATIENCE / 1000} s: ${host} has stopped answering.`,
    hint: 'Run the job again. When it happens every time, look whether a proxy or firewall of the runner lets the connection through.',
  });
}

function missing(cause: unknown): Failure {
  return new Failure({
    code: 'git-missing',
    message: 'gitCloneUrl: the program git is not on the PATH of the runner, and cloning needs it.',
    hint: 'Install git in an earlier step or in the image of the runner.',
    cause,
  });
}
