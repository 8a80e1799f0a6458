import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure, messageOf } from '../failure.ts';
import type { GitInputs } from '../inputs/git.ts';
import { formatGitAddress } from '../plan/git-address.ts';
import { DEFAULT_REVISION, isFullCommit, isShortCommit } from '../plan/git-revision.ts';
import { begin, type Clone, must } from './clone.ts';
import { explainGit, lacksRef, refusesPart } from './errors.ts';
import { openGit } from './run.ts';
import type { GitSession } from './session.ts';

interface Fetching {
  /** Private directory for what is only looked up. */
  readonly scratch: string;
  readonly session: GitSession;
  readonly signal: AbortSignal;
}

/** A repository of SHA-256, or one of SHA-1 where Git makes those of SHA-256 by itself. */
const OTHER_FORMAT = /mismatched algorithms: client \w+; server (?<format>\w+)/;

const BRANCHES = 'refs/heads/*:refs/remotes/origin/*';
const TAGS = 'refs/tags/*:refs/tags/*';

/**
 * Fetches what a revision needs and no more: one commit without its history. Where a server gives out no single commits, or a
 * commit is only known by its first digits, more is asked for.
 * @returns the commit, also of an annotated tag
 * @throws Failure `git-revision-unknown`, `git-revision-ambiguous`, `git-repository-empty`, and as `explainGit`
 */
export async function fetchRevision(clone: Clone, fetching: Fetching): Promise<string> {
  try {
    return await fetchAny(clone, fetching);
  } catch (error) {
    const { format } = OTHER_FORMAT.exec(messageOf(error))?.groups ?? {};
    if (format === undefined || !clone.isNew) {
      throw error;
    }
    await begin(clone, [`--object-format=${format}`]);
    return fetchAny(clone, fetching);
  }
}

async function fetchAny(clone: Clone, fetching: Fetching): Promise<string> {
  const { inputs } = clone;
  const { revision } = inputs;
  const depth = await depthOf(clone);
  const { code, stderr } = await fetchOne(clone, revision, depth);
  if (code === 0) {
    return keepName(clone);
  }
  if (refusesPart(stderr)) {
    return fetchAll(clone);
  }
  if (!lacksRef(stderr)) {
    throw explainGit(stderr, inputs);
  }
  if (isFullCommit(revision)) {
    return fetchAll(clone);
  }
  if (!isShortCommit(revision)) {
    throw revision === DEFAULT_REVISION ? empty(inputs) : unknown(inputs);
  }
  const commit = await lookUp(clone, fetching);
  const again = await fetchOne(clone, commit, depth);
  return again.code === 0 ? commit : fetchAll({ ...clone, inputs: { ...inputs, revision: commit } });
}

function fetchOne({ git }: Clone, revision: string, depth: readonly string[]) {
  return git('fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--force', ...depth, 'origin', revision);
}

/** A clone that is kept with its history keeps it: fetching a part of it would cut it off. */
async function depthOf({ git }: Clone): Promise<string[]> {
  const hasCommit = (await git('rev-parse', '--verify', '--quiet', 'HEAD')).code === 0;
  const isShallow = (await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
  return hasCommit && !isShallow ? [] : ['--depth=1'];
}

/** What was fetched gets the name that it has on the server, for builds that ask Git for it. */
async function keepName(clone: Clone): Promise<string> {
  const { directory } = clone.inputs.place;
  const path = (await must(clone, 'rev-parse', '--git-path', 'FETCH_HEAD')).trim();
  const fetched = await readFile(resolve(directory, path), 'utf8');
  // Source: git-fetch(1). `<object>\t\tbranch 'main' of <address>`
  const { object, kind, name } =
    /^(?<object>\w+)\t[^\t]*\t(?<kind>branch|tag) '(?<name>.+)' of /.exec(fetched)?.groups ?? {};
  if (object !== undefined) {
    const ref = `${kind === 'tag' ? 'refs/tags' : 'refs/remotes/origin'}/${name}`;
    await must(clone, 'update-ref', ref, object);
  }
  return commitOf(clone, 'FETCH_HEAD');
}

/** All branches and tags with their history: what is not in it is not there. */
async function fetchAll(clone: Clone): Promise<string> {
  const { git, inputs } = clone;
  const isShallow = (await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
  const deeper = isShallow ? ['--unshallow'] : [];
  await must(
    clone,
    'fetch',
    '--progress',
    '--no-recurse-submodules',
    '--force',
    ...deeper,
    'origin',
    `+${BRANCHES}`,
    `+${TAGS}`,
  );
  const { revision } = inputs;
  const names =
    revision === DEFAULT_REVISION
      ? []
      : [`refs/tags/${revision}`, `refs/remotes/origin/${revision}`, ...(isFullCommit(revision) ? [revision] : [])];
  for (const name of names) {
    const { code, stdout } = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
    if (code === 0) {
      return stdout.trim();
    }
  }
  if (revision === DEFAULT_REVISION) {
    await must(clone, 'fetch', '--progress', '--no-tags', 'origin', revision);
    return commitOf(clone, 'FETCH_HEAD');
  }
  throw unknown(inputs);
}

/** Finds a commit by its first digits, in a repository that has the history alone: no files, no directories. */
async function lookUp(clone: Clone, { scratch, session, signal }: Fetching): Promise<string> {
  const { inputs } = clone;
  const { address, revision } = inputs;
  const directory = join(scratch, 'history.git');
  await mkdir(directory, { recursive: true });
  try {
    const history = { ...clone, git: openGit(session, { directory, host: address.host, signal }) };
    await must(history, 'init', '--quiet', '--bare', '--template=', ...(await formatOf(clone)), '.');
    await must(
      history,
      'fetch',
      '--progress',
      '--filter=tree:0',
      // Of a server that is shallow itself: without its border Git would look for what is beyond, again and again.
      '--update-shallow',
      '--force',
      formatGitAddress(address),
      `+${BRANCHES}`,
      `+${TAGS}`,
    );
    const { code, stdout, stderr } = await history.git('rev-parse', '--verify', `${revision}^{commit}`);
    if (code !== 0) {
      throw /ambiguous/.test(stderr) ? ambiguous(stderr, inputs) : unknown(inputs);
    }
    return stdout.trim();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The kind of repository that a clone is: SHA-1, or SHA-256. Git before 2.29 knows one only. */
async function formatOf({ git }: Clone): Promise<string[]> {
  const { code, stdout } = await git('rev-parse', '--show-object-format');
  return code === 0 ? [`--object-format=${stdout.trim()}`] : [];
}

async function commitOf(clone: Clone, name: string): Promise<string> {
  const { code, stdout } = await clone.git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  if (code !== 0) {
    throw unknown(clone.inputs);
  }
  return stdout.trim();
}

function unknown({ address, revision }: GitInputs): Failure {
  return new Failure({
    code: 'git-revision-unknown',
    message: `gitRevision: ${formatGitAddress(address)} has no branch, tag or commit ${revision}.`,
    hint: 'Correct gitRevision. A commit that is on no branch and no tag is found by all of its digits only; a pull request is refs/pull/NUMBER/head.',
  });
}

function ambiguous(stderr: string, { address, revision }: GitInputs): Failure {
  const commits = stderr.split('\n').flatMap((line) => /hint: +(?<commit>\w+) commit/.exec(line)?.groups?.commit ?? []);
  return new Failure({
    code: 'git-revision-ambiguous',
    message: `gitRevision: several objects of ${formatGitAddress(address)} begin with ${revision}${commits.length === 0 ? '' : `: ${commits.join(', ')}`}.`,
    hint: 'Write all digits of the commit.',
  });
}

function empty({ address }: GitInputs): Failure {
  return new Failure({
    code: 'git-repository-empty',
    message: `gitCloneUrl: ${formatGitAddress(address)} has no commit on its default branch.`,
    hint: 'Push a first commit, or name a branch that has one as gitRevision.',
  });
}
