import { lstat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pRetry from 'p-retry';
import { Failure } from '../failure.ts';
import type { GitInputs } from '../inputs/git.ts';
import { phase, warn } from '../log.ts';
import { namingFullDisks } from '../machine/full-disk.ts';
import { formatGitAddress } from '../plan/git-address.ts';
import { DEFAULT_REVISION } from '../plan/git-revision.ts';
import type { Environment, Workflow } from '../runner.ts';
import { begin, type Clone, must } from './clone.ts';
import { emptyDirectory, prepareCloneDirectory } from './directory.ts';
import { explainGit, isTransient } from './errors.ts';
import { fetchRevision } from './fetch.ts';
import { fetchLargeFiles } from './lfs.ts';
import { type Git, openGit } from './run.ts';
import { openSession } from './session.ts';
import { updateSubmodules } from './submodules.ts';

/** How often a server is asked that cannot be reached. */
const ATTEMPTS = 3;

interface CheckOutOptions {
  readonly runner: Workflow;
  readonly env: Environment;
  /** Private directory that does not exist yet. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/**
 * Clones what `gitCloneUrl` and `gitRevision` name, submodules and large files included, and checks it out. A clone that fails leaves
 * nothing behind in a directory that was empty.
 * @throws Failure `git-…`, `build-cancelled`
 */
export async function checkOut(inputs: GitInputs, options: CheckOutOptions): Promise<void> {
  const place = relative(options.runner.workspace, inputs.place.directory);
  await phase(
    async (say) => say(`At ${shownRevision(inputs, await cloneInto(inputs, options))}`),
    () => `Clone ${formatGitAddress(inputs.address)} into ${place}`,
  );
}

/** @returns the commit */
async function cloneInto(inputs: GitInputs, { env, scratch, signal }: CheckOutOptions): Promise<string> {
  const { directory } = inputs.place;
  const wasEmpty = await prepareCloneDirectory(directory, inputs.deleteExisting);
  const session = await openSession(inputs, { directory: scratch, env });
  try {
    // Before it is taken away: what has been cloned may be what fills the disk.
    return await namingFullDisks([directory], async () => {
      const git = openGit(session, { directory, host: inputs.address.host, signal });
      const clone = await openClone(git, inputs);
      const again = <T>(work: () => Promise<T>) => retry(work, signal);
      const commit = await again(() => fetchRevision(clone, { scratch, session, signal }));
      await putInPlace(clone, commit);
      await again(() => updateSubmodules(clone));
      await again(() => fetchLargeFiles(clone));
      if (wasEmpty) {
        await withoutClock(clone);
      }
      return commit;
    });
  } catch (error) {
    if (wasEmpty) {
      await emptyDirectory(directory).catch(() => undefined);
    }
    throw error;
  } finally {
    await session.close();
  }
}

/** Asks again for what cannot be reached. */
function retry<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return pRetry(work, {
    retries: ATTEMPTS - 1,
    minTimeout: 1_000,
    shouldRetry: ({ error }) => isTransient(error),
    signal,
  });
}

/** A directory that is kept may be a clone already. @throws Failure `git-directory-unusable` */
async function openClone(git: Git, inputs: GitInputs): Promise<Clone> {
  const { directory } = inputs.place;
  if ((await git('rev-parse', '--resolve-git-dir', '.git')).code === 0) {
    const clone = { git, inputs, isNew: false };
    await must(clone, 'config', 'remote.origin.url', formatGitAddress(inputs.address));
    return clone;
  }
  const clone = { git, inputs, isNew: true };
  const isBare = (await git('--git-dir=.', 'rev-parse', '--is-bare-repository')).stdout.trim() === 'true';
  const hasFile = await lstat(join(directory, '.git')).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  if (isBare || hasFile) {
    throw new Failure({
      code: 'git-directory-unusable',
      message: `gitRepositoryDeleteExisting: ${directory} is kept, and is ${isBare ? 'a repository without files of its own' : 'a work tree whose repository is not there'}.`,
      hint: 'Set gitRepositoryDeleteExisting: true, or name another place as gitCheckoutSubDirectory.',
    });
  }
  await begin(clone);
  return clone;
}

/** The index has the times of this machine. Without them the same commit is the same, also where `.git` is part of a build context. */
async function withoutClock(clone: Clone): Promise<void> {
  await clone.git('read-tree', 'HEAD');
  await clone.git('submodule', 'foreach', '--quiet', '--recursive', 'git read-tree HEAD');
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
      warn(
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
