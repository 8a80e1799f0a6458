/** A source of numbers that gives the same ones for the same seed. */
export interface Random {
  /** From `from` to below `to`. */
  between(from: number, to: number): number;
  /** A whole number from `from` up to and with `to`. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** One of some things, by how often each shall come. */
  weighted<T extends { readonly weight: number }>(items: readonly [T, ...T[]]): T;
}

/** Mulberry32, which is good enough to choose faults by. Source: https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
    return ((more ^ (more >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + next() * (to - from);
  const integer = (from: number, to: number) => Math.floor(between(from, to + 1));
  return {
    between,
    integer,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
    weighted: (items) => {
      let left = between(
        0,
        items.reduce((sum, { weight }) => sum + weight, 0),
      );
      const found = items.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      return found ?? items[0];
    },
  };
}

/** The numbers of one build of a run: they do not depend on what other builds have taken. */
export function randomOf({ seed, index }: { readonly seed: number; readonly index: number }): Random {
  return createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
}
