import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { PROC, type ProcessId } from '../machine/processes.ts';
import { formatDuration } from '../report/format.ts';
import { FailedBuild } from './failed-build.ts';
import { type BuildRecord, linesOf, readRecord } from './record.ts';

/** Milliseconds between two looks at a build, and how many of them in a row may find it where it was. */
const INTERVAL = 30_000;
const LOOKS = 20;

/** Bytes that a daemon writes between two looks without sending anything: answers to whoever asks how it is, its log. */
const IDLE = 65_536;

/** A push that is looked at. */
export interface PushWatch {
  /** Aborts when it does not go on. */
  readonly stalled: AbortSignal;
  end(): void;
}

/**
 * Looks whether a push goes on: BuildKit waits for the answer of a registry without end. Its trace does not tell how much it has sent, so
 * what the daemon has written, to disks and connections, has to stand still. Where that cannot be read, nothing is ever given up.
 * @param options.trace file that buildctl writes
 * @param options.daemon of this machine
 */
export function watchPush({
  trace,
  daemon,
}: {
  readonly trace: string;
  readonly daemon: ProcessId | undefined;
}): PushWatch {
  const stalled = new AbortController();
  let written = 0;
  let looks = 0;
  const look = async () => {
    const now = daemon && (await bytesWritten(daemon));
    const isStill = now !== undefined && now - written < IDLE;
    looks = isStill ? looks + 1 : 0;
    written = now ?? 0;
    if (looks >= LOOKS && isOnlyPushing(await readRecord(linesOf(trace)))) {
      stalled.abort();
    }
  };
  const timer = setInterval(() => look().catch(() => undefined), INTERVAL);
  return { stalled: stalled.signal, end: () => clearInterval(timer) };
}

/** Source: proc_pid_io(5), wchar. @returns undefined where this user may not know */
async function bytesWritten({ pid }: ProcessId): Promise<number | undefined> {
  const text = await readFile(`${PROC}/${pid}/io`, 'utf8').catch(() => '');
  const { bytes } = /^wchar: (?<bytes>\d+)$/m.exec(text)?.groups ?? {};
  return bytes === undefined ? undefined : Number(bytes);
}

/** @param options.output the end of what buildctl has printed */
export function stalledPush({
  record,
  output,
}: {
  readonly record: BuildRecord;
  readonly output: string;
}): FailedBuild {
  const failure = new Failure({
    code: 'registry-unreachable',
    message: `The push has not gone on for ${formatDuration(INTERVAL * LOOKS)}: the registry takes nothing and says nothing.`,
    hint: 'Check the network of the machine that BuildKit runs on: a firewall, NAT gateway or proxy may drop connections without a word.',
  });
  return new FailedBuild(failure, { record, output, treatment: { cure: 'wait', host: undefined } });
}

function isOnlyPushing({ steps }: BuildRecord): boolean {
  const running = steps.filter(({ started, completed }) => started !== undefined && completed === undefined);
  return (
    running.length > 0 &&
    running.every(({ transfers }) =>
      transfers.some(({ id, completed }) => id.startsWith('pushing ') && completed === undefined),
    )
  );
}
