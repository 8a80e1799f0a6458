import { setTimeout } from 'node:timers/promises';

/** Milliseconds between two looks at a machine, and how many of them in a row may get no answer. */
const INTERVAL = 30_000;
const LOOKS = 3;

/** A machine that is looked at while it builds. */
export interface Watch {
  /** Aborts when the machine has gone. */
  readonly gone: AbortSignal;
  end(): void;
}

/**
 * Looks at a daemon as long as it builds. A machine elsewhere that has lost its power or its network closes no connection, and buildctl would
 * wait for it until the system gives up, which on Linux is after two hours; for a daemon here that is stopped it would wait without end.
 * @param isThere one look
 */
export function watchMachine(isThere: (signal: AbortSignal) => Promise<boolean>): Watch {
  const ended = new AbortController();
  const gone = new AbortController();
  const { signal } = ended;
  const watching = async () => {
    for (let missed = 0; missed < LOOKS; ) {
      await setTimeout(INTERVAL, undefined, { signal });
      missed = (await isThere(signal)) || signal.aborted ? 0 : missed + 1;
    }
    gone.abort();
  };
  // It rejects when it is ended, and with nothing else.
  watching().catch(() => undefined);
  return { gone: gone.signal, end: () => ended.abort() };
}
