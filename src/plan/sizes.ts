/** Options of the frontend that are numbers of bytes. Source: BuildKit v0.32.2, frontend/dockerfile. */
const SIZE_OPTIONS = ['shm-size', 'memory', 'memswap'];

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Writes sizes among the arguments of buildctl as bytes, as `docker build` does: `--opt shm-size=64m` is 67108864.
 * buildctl itself takes numbers only.
 */
export function writeSizes(args: readonly string[]): string[] {
  return args.map((arg) => {
    const { start, name, number, unit } =
      /^(?<start>(?:--?opt=)?)(?<name>[a-z-]+)=(?<number>\d+(?:\.\d+)?)(?<unit>[bkmgt])i?b?$/i.exec(arg)?.groups ?? {};
    const factor = UNITS[unit?.toLowerCase() ?? ''];
    if (name === undefined || factor === undefined || !SIZE_OPTIONS.includes(name)) {
      return arg;
    }
    return `${start}${name}=${Math.round(Number(number) * factor)}`;
  });
}
