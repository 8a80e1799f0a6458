import * as core from '@actions/core';

/** Writes one line: a path or a name may hold a line break, and what follows it could be a command for the runner. */
export function log(line: string): void {
  core.info(line.replaceAll(/[\r\n]+/g, ' '));
}
