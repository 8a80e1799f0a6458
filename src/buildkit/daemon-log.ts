import { readFile } from 'node:fs/promises';
import { clip, printable } from '../report/printable.ts';

/** Lines, characters of each, and of all together: an error has to stay short enough for the runner. */
const LINES = 12;
const WIDTH = 300;
const LENGTH = 1500;

/** Where a Go program begins to say that it ends by itself. What follows are stacks, of hundreds of goroutines. Source: Go, runtime/panic.go. */
const END = /^(?:panic: |fatal error: |SIG[A-Z]+: )/;

/** What a daemon has written to its log so far; nothing when that cannot be read. */
export async function readDaemonLog(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/**
 * The last lines of a daemon's log that say something, printable and not too long.
 * @param hide takes secrets out
 */
export function lastLogLines(text: string, hide: (text: string) => string = String): string[] {
  const all = hide(text).trim().split('\n');
  const end = all.findLastIndex((line) => END.test(line));
  const lines = withoutFrames(end === -1 ? all : all.slice(0, end + 2))
    .map((line) => clip(printable(line), WIDTH))
    .filter((line) => line.trim() !== '')
    .slice(-LINES);
  const first = lines.findIndex((_, at) => lines.slice(at).join('\n').length <= LENGTH);
  return first === -1 ? [] : lines.slice(first);
}

/** buildkitd ends with a stack: names of functions, and below each its place after a tab. */
function withoutFrames(lines: readonly string[]): string[] {
  return lines.filter((line, index) => !line.startsWith('\t') && !lines[index + 1]?.startsWith('\t'));
}
