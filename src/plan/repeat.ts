import type { Cure } from '../registry/refusals.ts';

/** What there was of a build so far. */
export interface Attempts {
  /** How often it was repeated. */
  readonly repeats: number;
  /** Milliseconds since it failed first. */
  readonly elapsed: number;
}

/** How often a build is repeated; a second token that is refused says that the token is not what is wrong. */
export const MOST_REPEATS: Readonly<Record<Cure, number>> = { wait: 5, login: 2 };

/** Milliseconds after it has failed first, until which it is repeated. */
const LONGEST = 5 * 60_000;

/** Milliseconds before the first repetition; each further one waits twice as long. */
const FIRST_PAUSE = 2_000;

/**
 * How long a build waits before it is repeated: long enough for a quota that counts by the second, and not as long as all others that
 * were refused in the same moment.
 * @param cure of what it has failed with
 * @param random from 0 to 1
 * @returns milliseconds; undefined: it is not repeated
 */
export function pauseBefore(cure: Cure, { repeats, elapsed }: Attempts, random: number): number | undefined {
  // A new token needs no time: the first repetition with it comes at once.
  const pause = cure === 'login' && repeats === 0 ? 0 : FIRST_PAUSE * 2 ** repeats * (0.75 + random / 2);
  return repeats >= MOST_REPEATS[cure] || elapsed + pause > LONGEST ? undefined : pause;
}
