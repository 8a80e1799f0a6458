import { stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { formatDuration } from '../report/format.ts';
import { FailedBuild } from './failed-build.ts';
import { type BuildRecord, linesOf, readRecord } from './record.ts';

/** Milliseconds between two looks at a build, and how many of them in a row may find it where it was. */
const INTERVAL = 30_000;
const LOOKS = 20;

/** A push that is looked at. */
export interface PushWatch {
  /** Aborts when it does not go on. */
  readonly stalled: AbortSignal;
  end(): void;
}

/**
 * Looks whether a push goes on: BuildKit waits for the answer of a registry without end. A build that does anything else may be silent for as
 * long as it likes.
 * @param trace file that buildctl writes
 */
export function watchPush(trace: string): PushWatch {
  const stalled = new AbortController();
  let [size, looks] = [0, 0];
  const look = async () => {
    const now = await stat(trace).then(
      (file) => file.size,
      () => 0,
    );
    looks = now === size ? looks + 1 : 0;
    size = now;
    if (looks >= LOOKS && isOnlyPushing(await readRecord(linesOf(trace)))) {
      stalled.abort();
    }
  };
  const timer = setInterval(() => look().catch(() => undefined), INTERVAL);
  return { stalled: stalled.signal, end: () => clearInterval(timer) };
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
