import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as core from '@actions/core';
import pRetry from 'p-retry';
import { Failure } from '../failure.ts';
import type { GitInputs } from '../inputs/git.ts';
import { log } from '../log.ts';
import { formatGitAddress } from '../plan/git-address.ts';
import { DEFAULT_REVISION } from '../plan/git-revision.ts';
import { formatDuration } from '../report/format.ts';
import type { Environment, Workflow } from '../runner.ts';
import { type Clone, must } from './clone.ts';
import { CLONE_MARK, emptyDirectory, prepareCloneDirectory } from './directory.ts';
import { explainGit, isTransient } from './errors.ts';
import { fetchRevision } from './fetch.ts';
import { fetchLargeFiles } from './lfs.ts';
import { openGit } from './run.ts';
import { openSession } from './session.ts';
import { updateSubmodules } from './submodules.ts';

/** How often a server is asked that cannot be reached. */
const ATTEMPTS = 3;

/**
 * Clones what `gitCloneUrl` and `gitRevision` name, submodules and large files included, and checks it out. A clone that fails leaves
 * nothing behind in a directory that was empty.
 * @param options.scratch private directory that does not exist yet
 * @throws Failure `git-…`, `build-cancelled`
 */
export async function checkOut(
  inputs: GitInputs,
  options: {
    readonly runner: Workflow;
    readonly env: Environment;
    readonly scratch: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { runner, env, scratch, signal } = options;
  const { directory } = inputs.place;
  const begin = Date.now();
  const wasEmpty = await prepareCloneDirectory(directory, inputs.deleteExisting);
  const session = await openSession(inputs, { directory: scratch, env });
  try {
    const git = openGit(session, { directory, host: inputs.address.host, signal });
    const clone = { git, inputs };
    await initialize(clone);
    const commit = await pRetry(() => fetchRevision(clone, { scratch, session, signal }), {
      retries: ATTEMPTS - 1,
      minTimeout: 1_000,
      shouldRetry: ({ error }) => isTransient(error),
      signal,
    });
    await putInPlace(clone, commit);
    await updateSubmodules(clone);
    await fetchLargeFiles(clone);
    const place = relative(runner.workspace, directory);
    log(
      `Cloned ${formatGitAddress(inputs.address)} at ${shownRevision(inputs, commit)} into ${place} (${formatDuration(Date.now() - begin)})`,
    );
  } catch (error) {
    if (wasEmpty) {
      await emptyDirectory(directory).catch(() => undefined);
    }
    throw error;
  } finally {
    await session.close();
  }
}

/** A directory that is kept may be a clone already. */
async function initialize(clone: Clone): Promise<void> {
  const { git, inputs } = clone;
  const url = formatGitAddress(inputs.address);
  const isClone = (await git('rev-parse', '--resolve-git-dir', '.git')).code === 0;
  if (!isClone) {
    await must(clone, 'init', '--quiet', '--template=', '.');
    await writeFile(join(inputs.place.directory, '.git', CLONE_MARK), '');
  }
  await must(clone, 'config', 'remote.origin.url', url);
}

/** Local changes of a directory that is kept stay, as Git has it: where they would be lost, the step fails. */
async function putInPlace(clone: Clone, commit: string): Promise<void> {
  const { git, inputs } = clone;
  const { code, stderr } = await git('checkout', '--progress', '--detach', commit);
  if (code !== 0) {
    throw /would be (?:overwritten|removed)/.test(stderr) ? changed(stderr, inputs) : explainGit(stderr, inputs);
  }
  if (!inputs.deleteExisting) {
    const status = await must(clone, 'status', '--porcelain', '--untracked-files=no');
    const files = status.split('\n').filter((line) => line !== '');
    if (files.length > 0) {
      core.warning(
        `The directory of the clone is kept, and ${files.length} of its files are not those of the commit ${commit}: ${shown(files.map((line) => line.slice(3)))}. The image is built with them.`,
      );
    }
  }
}

function changed(stderr: string, { place }: GitInputs): Failure {
  const files = stderr.split('\n').flatMap((line) => /^\t(.+)$/.exec(line)?.[1] ?? []);
  return new Failure({
    code: 'git-local-changes',
    message: `gitRepositoryDeleteExisting: ${place.directory} is kept, and its own changes would be lost: ${shown(files)}.`,
    hint: 'Set gitRepositoryDeleteExisting: true to clone into an empty directory, or remove these files in an earlier step.',
  });
}

function shown(files: readonly string[]): string {
  const some = files.slice(0, 5).join(', ');
  return files.length > 5 ? `${some} and ${files.length - 5} more` : some;
}

function shownRevision({ revision }: GitInputs, commit: string): string {
  return revision === commit
    ? commit
    : `${commit} (${revision === DEFAULT_REVISION ? 'its default branch' : revision})`;
}
