import * as core from '@actions/core';
import { messageOf } from '../failure.ts';
import { warn } from '../log.ts';
import type { Environment } from '../runner.ts';

/** What GitHub takes of one step is 1 MiB; a step may be one of several that share it in a composite action. */
const LIMIT = 512 * 1024;

/**
 * Adds to the job summary, where the runner has one.
 * The image is where it should be, or the step has failed for its own reason: a summary that cannot be written changes nothing.
 * @param make makes the text, GitHub's Markdown
 */
export async function writeSummary(make: () => string, env: Environment): Promise<void> {
  if (!env.GITHUB_STEP_SUMMARY) {
    return;
  }
  try {
    await core.summary.addRaw(limitTo(LIMIT, make())).write();
  } catch (error) {
    warn(`No job summary: ${messageOf(error)}`);
  }
}

/**
 * Every part of a summary has a limit of its own; this one is for what nobody has thought of.
 * @param limit bytes
 */
export function limitTo(limit: number, markdown: string): string {
  if (Buffer.byteLength(markdown) <= limit) {
    return markdown;
  }
  const kept: string[] = [];
  let used = 1000;
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    used += Buffer.byteLength(line) + 1;
    if (used > limit) {
      break;
    }
    const mark = /^`{3,}/.exec(line)?.[0];
    fence = fence === undefined ? mark : line === fence ? undefined : fence;
    kept.push(line);
  }
  const note = '**The rest is left out: GitHub takes no summary of this length. The log has everything.**';
  return [...kept, ...(fence === undefined ? [] : [fence]), '', note, ''].join('\n');
}
