import { dirname } from 'node:path';
import { getExecOutput } from '@actions/exec';
import { messageOf } from '../failure.ts';
import { withoutSecrets } from '../git/session.ts';
import type { Commit } from '../plan/tags.ts';
import type { Environment } from '../runner.ts';

/** A commit and the directory that it is checked out in, or why there is none to tell of. */
export type CommitReading =
  | { readonly commit: Commit; readonly directory: string }
  | { readonly commit: undefined; readonly directory?: undefined; readonly reason: string };

/** A directory that may be checked out. */
export interface CheckedOut {
  readonly directory: string;
  readonly workspace: string;
  readonly env: Environment;
}

/**
 * Reads the commit that is checked out in a directory.
 * A workspace that belongs to another user, as in a container job, is read all the same.
 */
export async function readCommit(place: CheckedOut): Promise<CommitReading> {
  const [{ exitCode, stdout, stderr }, top] = await Promise.all([
    git(place, 'show', '--no-patch', '--format=%H %ct', 'HEAD'),
    git(place, 'rev-parse', '--show-toplevel'),
  ]);
  const { sha, seconds } = /^(?<sha>[0-9a-f]{40,64}) (?<seconds>\d+)\n$/.exec(stdout)?.groups ?? {};
  if (exitCode !== 0 || sha === undefined || seconds === undefined) {
    return { commit: undefined, reason: stderr.trim() || `git ended with ${exitCode}` };
  }
  return { commit: { sha, date: new Date(Number(seconds) * 1000) }, directory: top.stdout.replace(/\n$/, '') };
}

/**
 * A directory that is checked out may look like a repository itself, with settings that name programs: none of them is run. Git before 2.38
 * does not know the second one. Source: git-config(1).
 */
const SETTINGS = [
  'safe.directory=*',
  'safe.bareRepository=explicit',
  'core.fsmonitor=false',
  'log.showSignature=false',
];

/** Asks Git in a directory. Only a repository in the workspace counts, not one that happens to be around it. */
export async function git({ directory, workspace, env: given }: CheckedOut, ...args: string[]) {
  const env = { ...withoutSecrets(given), GIT_CEILING_DIRECTORIES: dirname(workspace), LC_ALL: 'C' };
  const all = [...SETTINGS.flatMap((setting) => ['-c', setting]), '-C', directory, ...args];
  try {
    return await getExecOutput('git', all, { silent: true, ignoreReturnCode: true, env });
  } catch (error) {
    return { exitCode: 127, stdout: '', stderr: messageOf(error) };
  }
}
