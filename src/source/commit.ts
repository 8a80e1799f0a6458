import { dirname } from 'node:path';
import { getExecOutput } from '@actions/exec';
import { messageOf } from '../failure.ts';
import type { Commit } from '../plan/tags.ts';
import type { Environment } from '../runner.ts';

/** A commit and the directory that it is checked out in, or why there is none to tell of. */
export type CommitReading =
  | { readonly commit: Commit; readonly directory: string }
  | { readonly commit: undefined; readonly directory?: undefined; readonly reason: string };

/**
 * Reads the commit that is checked out in a directory.
 * A workspace that belongs to another user, as in a container job, is read all the same.
 */
export async function readCommit(options: {
  readonly directory: string;
  readonly workspace: string;
  readonly env: Environment;
}): Promise<CommitReading> {
  const { directory, workspace, env } = options;
  // Only a repository in the workspace counts, not one that happens to be around it.
  const variables = { ...defined(env), GIT_CEILING_DIRECTORIES: dirname(workspace), LC_ALL: 'C' };
  const ask = (...args: string[]) => git(['-c', 'safe.directory=*', '-C', directory, ...args], variables);
  const [{ exitCode, stdout, stderr }, top] = await Promise.all([
    ask('show', '--no-patch', '--format=%H %ct', 'HEAD'),
    ask('rev-parse', '--show-toplevel'),
  ]);
  const { sha, seconds } = /^(?<sha>[0-9a-f]{40,64}) (?<seconds>\d+)\n$/.exec(stdout)?.groups ?? {};
  if (exitCode !== 0 || sha === undefined || seconds === undefined) {
    return { commit: undefined, reason: stderr.trim() || `git ended with ${exitCode}` };
  }
  return { commit: { sha, date: new Date(Number(seconds) * 1000) }, directory: top.stdout.replace(/\n$/, '') };
}

async function git(args: string[], env: Record<string, string>) {
  try {
    return await getExecOutput('git', args, { silent: true, ignoreReturnCode: true, env });
  } catch (error) {
    return { exitCode: 127, stdout: '', stderr: messageOf(error) };
  }
}

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
