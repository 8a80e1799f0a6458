import { Failure } from '../failure.ts';

export interface Pair {
  readonly key: string;
  /** Everything after the first `=`, as it is. */
  readonly value: string;
}

/**
 * Splits `KEY=VALUE` at the first equals sign.
 * @param options.secret nothing of the entry is shown: without its name in front it may be a line of a secret
 * @throws Failure `pair-malformed`; the value is not shown, it may be a secret
 */
export function parsePair(entry: string, input: string, { secret = false } = {}): Pair {
  const { key, value } = /^(?<key>[^=\s]+)=(?<value>.*)$/s.exec(entry)?.groups ?? {};
  if (key !== undefined && value !== undefined) {
    return { key, value };
  }
  const shown = entry.includes('=') ? entry.split('=')[0] : entry;
  throw malformedPair(
    input,
    secret ? undefined : (shown ?? ''),
    entry.includes('=') ? 'its name is empty or has a blank' : 'it has no "="',
  );
}

/** @param shown of the entry; undefined: nothing */
export function malformedPair(input: string, shown: string | undefined, reason: string): Failure {
  return new Failure({
    code: 'pair-malformed',
    message: `${input}: ${shown === undefined ? 'an entry' : `the entry "${shown}"`} cannot be read: ${reason}.`,
    hint: 'Write one NAME=VALUE per line; the value is everything after the first "=", quotes included.',
  });
}
