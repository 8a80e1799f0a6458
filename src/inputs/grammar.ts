import { Failure } from '../failure.ts';
import type { Environment, Workflow } from '../runner.ts';

/** The values of `with:`. Only this file reads INPUT_*. */
export interface Raw {
  /** The trimmed value, or undefined when it is blank: composite actions pass unset inputs as ''. */
  text(name: string): string | undefined;
}

/** The values of `with:`, as the runner hands them over: `INPUT_NAME`. */
export function readRaw(env: Environment): Raw {
  return { text: (name) => env[`INPUT_${name.toUpperCase()}`]?.trim() || undefined };
}

/** What the readers of the inputs share. */
export interface Ask {
  readonly raw: Raw;
  readonly env: Environment;
  readonly workflow: Workflow;
  /** Takes every secret before anything else is done with it. */
  readonly mask: (secret: string) => void;
  /** Collects what is wrong, so that all of it is reported together. */
  readonly problems: Failure[];
}

/** A value that was read, or the problem that it has. */
export interface Reading<T> {
  readonly known: T | undefined;
  /** @throws the problem */
  get(): T;
}

/**
 * Reads one input; a problem that it has waits until all the others have been read too.
 * @throws what is no Failure: a bug
 */
export async function attempt<T>(problems: Failure[], read: () => T | Promise<T>): Promise<Reading<T>> {
  try {
    const value = await read();
    return { known: value, get: () => value };
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    problems.push(error);
    return {
      known: undefined,
      get: () => {
        throw error;
      },
    };
  }
}

/** Reads every entry of a list, and collects the problem of each. @throws what is no Failure: a bug */
export async function attemptAll<T, U>(
  problems: Failure[],
  entries: readonly T[],
  read: (entry: T) => U | Promise<U>,
): Promise<Reading<U[]>> {
  const readings = await Promise.all(entries.map((entry) => attempt(problems, () => read(entry))));
  return {
    known: readings.flatMap(({ known }) => (known === undefined ? [] : [known])),
    get: () => readings.map((reading) => reading.get()),
  };
}

/** The entries of a list: one per line, without comments; `separator` splits a line further. */
export function list(raw: Raw, name: string, separator?: RegExp): string[] {
  return entriesOf(raw.text(name) ?? '', separator);
}

/** The entries of a text, as those of a list. */
export function entriesOf(text: string, separator?: RegExp): string[] {
  return (
    text
      .split(/\r?\n/)
      .filter((line) => !line.trimStart().startsWith('#'))
      // Blanks at the end of a line are part of a value.
      .flatMap((line) =>
        separator === undefined ? [line.trimStart()] : line.split(separator).map((entry) => entry.trim()),
      )
      .filter((entry) => entry.trim() !== '')
  );
}

/** Reads an input when it is given. */
export function optional<T>(raw: Raw, name: string, read: (value: string, input: string) => T): T | undefined {
  const value = raw.text(name);
  return value === undefined ? undefined : read(value, name);
}

/** A boolean of YAML 1.2's core schema, as `core.getBooleanInput` reads it. @throws Failure `input-invalid` */
export function flag(raw: Raw, name: string, otherwise: boolean): boolean {
  const value = raw.text(name);
  if (value === undefined || ['true', 'True', 'TRUE'].includes(value)) {
    return value === undefined ? otherwise : true;
  }
  if (['false', 'False', 'FALSE'].includes(value)) {
    return false;
  }
  throw invalid(name, value, 'Write true or false.');
}

/** Reads an input that has a fixed set of values. @throws Failure `input-invalid` */
export function oneOf<T extends string>(raw: Raw, name: string, values: readonly T[]): T | undefined {
  const value = raw.text(name);
  const found = values.find((candidate) => candidate === value);
  if (value !== undefined && found === undefined) {
    throw invalid(name, value, `Write ${values.join(' or ')}.`);
  }
  return found;
}

function invalid(name: string, value: string, hint: string): Failure {
  return new Failure({ code: 'input-invalid', message: `${name}: "${value}" is not one of its values.`, hint });
}
