import type { FailureCode } from './failure-codes.ts';
import { textAt } from './json.ts';
import type { Location } from './location.ts';
import { clip, clipMiddle, printable, printableLines } from './report/printable.ts';

export interface FailureOptions {
  readonly code: FailureCode;
  /** What happened, and on which input, file or resource. One or two sentences. */
  readonly message: string;
  /** What the user should change. */
  readonly hint: string;
  readonly location?: Location | undefined;
  readonly cause?: unknown;
}

/** An error with a name in docs/troubleshooting.md and a way out. Anything else that is thrown is a bug of the action. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string;
  readonly location: Location | undefined;

  constructor({ code, message, hint, location, cause }: FailureOptions) {
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
    this.location = location;
  }
}

/**
 * Ends the reading of inputs when any of them has a problem: all of them are the one error that a step shows.
 * @throws Failure `inputs-invalid`, or the only problem
 */
export function throwTogether(problems: readonly Failure[]): void {
  const [first, ...others] = new Set(problems);
  if (first !== undefined) {
    throw joinFailures([first, ...others]);
  }
}

/** Joins the problems of all inputs into the one error that a step shows. */
function joinFailures(failures: readonly [Failure, ...Failure[]]): Failure {
  const [first, ...others] = failures;
  if (others.length === 0) {
    return first;
  }
  const list = failures.map(({ code, message, hint }, index) => `${index + 1}. ${message}\n   ${hint} (${code})`);
  return new Failure({
    code: 'inputs-invalid',
    message: `${failures.length} inputs need a change:\n${list.join('\n')}`,
    hint: 'Nothing was downloaded, started or called.',
  });
}

/** What the user reads: a title, and a message of several lines that ends with the link to its entry. */
export interface Explanation {
  readonly title: string;
  readonly message: string;
  readonly location: Location | undefined;
}

/**
 * Characters that GitHub takes of a message, the rest of which it drops, and those that a line of it and the hint may have: a value that is
 * repeated may have any length, and what to change stands at the end. Source: actions/runner, src/Runner.Worker/ExecutionContext.cs.
 */
const SHOWN = { message: 4096, line: 1000, hint: 1500 };

/**
 * Turns whatever was thrown into what the user reads. What it repeats, such as a value or a server's answer, is text there.
 * @param docs address of docs/troubleshooting.md, without fragment
 */
export function explain(error: unknown, docs: string): Explanation {
  const failure = error instanceof Failure ? error : unexpected(error);
  const what = failure.message.split(/\r?\n/).map((line) => clipMiddle(printable(line), SHOWN.line));
  const end = [clip(printableLines(failure.hint), SHOWN.hint), printable(`More: ${docs}#${failure.code}`)].join('\n');
  return {
    title: failure.code,
    message: [clip(what.join('\n'), SHOWN.message - end.length - 1), end].join('\n'),
    location: failure.location,
  };
}

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of Node, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return textAt(error, 'code');
}

/** The messages of an error and of everything that caused it, outermost first. */
export function causes(error: unknown): string[] {
  const messages: string[] = [];
  for (let current = error; current !== undefined && messages.length < 8; ) {
    messages.push(messageOf(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages;
}

/** What is thrown and is no failure: a bug. */
export function unexpected(error: unknown): Failure {
  return new Failure({
    code: 'unexpected',
    message: causes(error).join(': '),
    hint: 'This is a bug of the action. Please report it with the log of a run with debug logging (ACTIONS_STEP_DEBUG).',
    cause: error,
  });
}
