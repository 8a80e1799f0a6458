import { Failure } from '../failure.ts';
import type { FailureCode } from '../failure-codes.ts';
import { parseCsv } from './csv.ts';

/** `type=oci,dest=image.tar`, taken apart. BuildKit's keys are in lower case. */
export type Attributes = ReadonlyMap<string, string>;

/**
 * Reads one entry of `outputs`, `cacheFrom` or `cacheTo`. BuildKit never reports what it does not understand here; a blank
 * after a comma makes it ignore a `push=true` without a word.
 * @throws Failure with the given code
 */
export function parseAttributes(entry: string, { input, code }: { input: string; code: FailureCode }): Attributes {
  const fields = readFields(entry, { input, code });
  const attributes = new Map<string, string>();
  for (const field of fields) {
    const [key = '', ...rest] = field.split('=');
    if (key !== key.trim()) {
      throw malformed({
        input,
        code,
        reason: `there is a blank around "${key.trim()}", which BuildKit would not understand`,
      });
    }
    if (rest.length === 0 || key === '') {
      throw malformed({ input, code, reason: `"${key}" has no value` });
    }
    attributes.set(key.toLowerCase(), rest.join('='));
  }
  if (!attributes.has('type')) {
    throw malformed({ input, code, reason: 'it has no type' });
  }
  return attributes;
}

function readFields(entry: string, { input, code }: { input: string; code: FailureCode }): string[] {
  try {
    return parseCsv(entry);
  } catch {
    throw malformed({ input, code, reason: 'its quotes do not fit' });
  }
}

/** The entry itself is not shown: it may hold a secret. */
export function malformed({ input, code, reason }: { input: string; code: FailureCode; reason: string }): Failure {
  return new Failure({
    code,
    message: `${input}: an entry cannot be read: ${reason}.`,
    hint: 'Write type=NAME,KEY=VALUE without blanks; a field with a comma is quoted as a whole, its key included.',
  });
}
