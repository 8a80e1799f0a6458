import { setTimeout as sleep } from 'node:timers/promises';
import type { Armed } from './faults.ts';

/**
 * Does something at a moment that does not depend on what the build does. A build that ends earlier is not hit.
 * @param work may wait by the `pause` that it gets, which ends it when the build has ended
 */
export function armTimer(delayMs: number, work: (pause: (ms: number) => Promise<void>) => Promise<void>): Armed {
  const ending = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: ending.signal });
  let isHit = false;
  const running = pause(delayMs)
    .then(() => {
      isHit = true;
      return work(pause);
    })
    .catch((error: unknown) => {
      if (!ending.signal.aborted) {
        throw error;
      }
    });
  // Whoever disarms it gets to know of an error.
  running.catch(() => undefined);
  return {
    hasHit: () => isHit,
    disarm: async () => {
      ending.abort();
      await running;
    },
  };
}
