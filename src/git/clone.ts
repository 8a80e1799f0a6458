import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitInputs } from '../inputs/git.ts';
import { formatGitAddress } from '../plan/git-address.ts';
import { explainGit } from './errors.ts';
import type { Git } from './run.ts';

/** What every command of one clone has. */
export interface Clone {
  readonly git: Git;
  readonly inputs: GitInputs;
  /** The repository was made by this clone, and has nothing yet. */
  readonly isNew: boolean;
}

/** In the `.git` of what this action has cloned: it may be emptied again. */
export const CLONE_MARK = 'buildkit-aws';

/** Makes an empty repository, in place of one that has nothing yet. @param options of `git init` */
export async function begin(clone: Clone, options: readonly string[] = []): Promise<void> {
  const { directory } = clone.inputs.place;
  await rm(join(directory, '.git'), { recursive: true, force: true });
  await must(clone, 'init', '--quiet', '--template=', ...options, '.');
  await writeFile(join(directory, '.git', CLONE_MARK), '');
  await must(clone, 'config', 'remote.origin.url', formatGitAddress(clone.inputs.address));
}

/** Runs a command of Git that has to succeed. @throws Failure that says why it does not */
export async function must({ git, inputs }: Clone, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(...args);
  if (code !== 0) {
    throw explainGit(stderr, inputs);
  }
  return stdout;
}
