import { splitWords } from '../plan/words.ts';
import type { Environment } from '../runner.ts';
import { flag, list, readRaw } from './grammar.ts';

/** What can be said of a step also when its inputs are wrong. */
export interface Shown {
  readonly summary: boolean;
  /** Image and platforms, as far as they are written as such. */
  readonly name: string;
  /** Values of build arguments: names of steps have them. */
  readonly buildArguments: readonly string[];
}

/** Reads what a report of a failure needs, and finds fault with nothing. */
export function readShown(env: Environment): Shown {
  const raw = readRaw(env);
  const image = raw.text('imageShortName') ?? '';
  const platforms = list(raw, 'platforms', /,/).filter((platform) => /^[\w/.]{1,40}$/.test(platform));
  const names = [/^[\w./-]{1,256}$/.test(image) ? image : 'buildkit-aws', platforms.slice(0, 4).join(', ')];
  return {
    summary: otherwise(() => flag(raw, 'summary', true), true),
    name: names.filter((name) => name !== '').join(' · '),
    buildArguments: [
      ...list(raw, 'buildArgs').map((entry) => entry.slice(entry.indexOf('=') + 1)),
      ...buildArgumentsIn(raw.text('extraArgs') ?? ''),
    ],
  };
}

/** `--opt build-arg:NAME=VALUE`, with or without a sign between both. */
function buildArgumentsIn(extraArgs: string): string[] {
  const words = otherwise(() => splitWords(extraArgs), []);
  return words.flatMap((word) => /^(?:--?opt=)?build-arg:[^=]*=(?<value>[\s\S]*)$/.exec(word)?.groups?.value ?? []);
}

function otherwise<T>(read: () => T, value: T): T {
  try {
    return read();
  } catch {
    return value;
  }
}
