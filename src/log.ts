import * as core from '@actions/core';
import { formatDuration } from './report/format.ts';
import { clipMiddle, printable, printableLines } from './report/printable.ts';

/** Takes one line of the log. */
export type Say = (line: string) => void;

/** How often something that takes long says how far it is. Milliseconds. */
export const REPORT_INTERVAL = 10_000;

/** Writes one line: a path or a name may hold a line break or more, and what follows could be a command for the runner. */
export function log(line: string): void {
  core.info(printable(line.replaceAll(/[\r\n]+/g, ' ')));
}

/** GitHub takes 4096 characters of a message. Source: actions/runner, src/Runner.Worker/ExecutionContext.cs. */
const MESSAGE_LENGTH = 4000;

/** Warns the user, whatever the message repeats: an error of a server, what a program has printed, a name. */
export function warn(message: string): void {
  core.warning(clipMiddle(printableLines(message), MESSAGE_LENGTH));
}

/** Tells those who look for a mistake. Only a run with debug logging shows it. */
export function debug(message: string): void {
  core.debug(printableLines(message));
}

/**
 * A phase of a step, which goes on beside others: what it says stands together in a group of the log, whose title has its time, when it
 * has ended. When it fails, what it has said so far is written as it is.
 * @param title of what came of it
 */
export async function phase<T>(work: (say: Say) => Promise<T>, title: (result: T) => string): Promise<T> {
  const begin = Date.now();
  const lines: string[] = [];
  const say: Say = (line) => {
    lines.push(line);
  };
  try {
    const result = await work(say);
    const [name, took] = [printable(title(result).replaceAll(/[\r\n]+/g, ' ')), Date.now() - begin];
    debugTime(name, took);
    core.startGroup(`${name} · ${formatDuration(took)}`);
    lines.forEach(log);
    core.endGroup();
    return result;
  } catch (error) {
    lines.forEach(log);
    throw error;
  }
}

/** A phase whose lines are shown as they come: its time stands below its group. */
export async function livePhase<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begin = Date.now();
  try {
    return await core.group(title, work);
  } finally {
    const took = Date.now() - begin;
    debugTime(title, took);
    log(`${title} · ${formatDuration(took)}`);
  }
}

function debugTime(name: string, took: number): void {
  debug(`${name}: ${took} ms, ended ${Math.round(process.uptime() * 1000)} ms after the start of the action`);
}

/**
 * Says every ten seconds how far something is, as long as it goes on.
 * @param describe undefined when there is nothing to say
 */
export async function reportWhile<T>(
  work: Promise<T>,
  describe: () => string | undefined | Promise<string | undefined>,
): Promise<T> {
  const timer = setInterval(async () => {
    const line = await Promise.resolve(describe()).catch(() => undefined);
    if (line !== undefined) {
      log(line);
    }
  }, REPORT_INTERVAL);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
