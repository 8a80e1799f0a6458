import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { codeOf, Failure, messageOf } from '../failure.ts';
import { existing, leaves } from '../paths.ts';
import { type GitAddress, pageOf, parseGitAddress } from '../plan/git-address.ts';
import type { Workflow } from '../runner.ts';
import { askGit } from './ask.ts';
import { CLONE_MARK } from './clone.ts';

/** Name of the directory below the workspace that clones go to, as in the AWS Buildkit Adapter. */
export const SOURCE_DIRECTORY = 'source';

/** Where a clone goes. Both are absolute. */
export interface CloneDirectory {
  /** What `pathToContext` is relative to. */
  readonly source: string;
  /** The clone's own: the same, or below it. */
  readonly directory: string;
}

/**
 * Sees that a clone stays below its base, links included, and that emptying its place takes away nothing of the workflow's own checkout.
 * @param options.address undefined when it could not be read
 * @throws Failure `path-outside`, `git-directory-taken`
 */
export async function findCloneDirectory(options: {
  readonly workflow: Workflow;
  readonly subDirectory: string;
  readonly address: GitAddress | undefined;
  /** Whether what is there will be taken away. */
  readonly empties: boolean;
}): Promise<CloneDirectory> {
  const { workflow, subDirectory, address, empties } = options;
  const source = join(workflow.workspace, SOURCE_DIRECTORY);
  const directory = resolve(source, subDirectory);
  const place = { source, directory };
  if (/[\p{Cc}]/u.test(subDirectory) || subDirectory.split('/').some((name) => name.toLowerCase() === '.git')) {
    throw outside(`gitCheckoutSubDirectory: ${JSON.stringify(subDirectory)} is no directory of its own`);
  }
  if (isAbsolute(subDirectory) || leaves(source, directory)) {
    throw outside(`gitCheckoutSubDirectory: "${subDirectory}" leaves ${SOURCE_DIRECTORY}`);
  }
  const found = await lstat(source).catch(() => undefined);
  if (found === undefined) {
    return place;
  }
  if (!found.isDirectory()) {
    throw outside(`gitCloneUrl: ${SOURCE_DIRECTORY} in the workspace is ${found.isFile() ? 'a file' : 'a link'}`);
  }
  if (leaves(source, await existing(directory))) {
    throw outside(`gitCheckoutSubDirectory: "${subDirectory}" leaves ${SOURCE_DIRECTORY} through a link`);
  }
  const owner = empties ? await ownerOf(directory, { workflow, address }) : undefined;
  if (owner !== undefined) {
    throw new Failure({
      code: 'git-directory-taken',
      message: `gitCloneUrl: the clone would empty ${relative(workflow.workspace, directory)} in the workspace, which ${owner}.`,
      hint: "Name another place as gitCheckoutSubDirectory, check the workflow's own repository out elsewhere (path of actions/checkout), or set gitRepositoryDeleteExisting: false.",
    });
  }
  return place;
}

/**
 * Makes the directory and, when that is asked for, takes away all that is in it, hidden files included, and nothing else.
 * @returns whether it is empty
 * @throws Failure `git-directory-unusable`
 */
export async function prepareCloneDirectory(directory: string, deleteExisting: boolean): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    if (deleteExisting) {
      await emptyDirectory(directory);
    }
    return (await readdir(directory)).length === 0;
  } catch (cause) {
    throw new Failure({
      code: 'git-directory-unusable',
      message: `The directory of the clone, ${directory}, cannot be ${deleteExisting ? 'emptied' : 'used'}: ${messageOf(cause)}.`,
      hint: 'Remove what is there in an earlier step, or let it belong to the user of the runner.',
      cause,
    });
  }
}

/** Links in it are removed and not followed. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Why a directory is the workflow's own; undefined when it is not. */
async function ownerOf(
  directory: string,
  { workflow, address }: { workflow: Workflow; address: GitAddress | undefined },
): Promise<string | undefined> {
  const { workspace, repositoryUrl } = workflow;
  const tracked = await askGit(workspace, ['ls-files', '-z', '--', relative(workspace, directory)]);
  if (tracked) {
    return `has files of the repository that is checked out there (${tracked.split('\0')[0]})`;
  }
  const isOurs = await lstat(join(directory, '.git', CLONE_MARK)).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR',
  );
  const origin = isOurs ? undefined : await originOf(directory);
  const isElsewhere = address === undefined || pageOf(address) !== repositoryUrl;
  return origin !== undefined && origin === repositoryUrl && isElsewhere
    ? "is a checkout of the workflow's own repository"
    : undefined;
}

/** The page of the repository that a directory is a clone of. */
async function originOf(directory: string): Promise<string | undefined> {
  const url = await askGit(directory, ['config', '--local', '--get', 'remote.origin.url']);
  try {
    return url === undefined ? undefined : pageOf(parseGitAddress(url.trim()));
  } catch {
    return undefined;
  }
}

function outside(message: string): Failure {
  return new Failure({
    code: 'path-outside',
    message: `${message}, and a clone goes to a directory of its own below the workspace.`,
    hint: `Use a relative path such as app, which is ${SOURCE_DIRECTORY}/app, without links on the way.`,
  });
}
