import type { GitInputs } from '../inputs/git.ts';
import { explainGit } from './errors.ts';
import type { Git } from './run.ts';

/** What every command of one clone has. */
export interface Clone {
  readonly git: Git;
  readonly inputs: GitInputs;
}

/** Runs a command of Git that has to succeed. @throws Failure that says why it does not */
export async function must({ git, inputs }: Clone, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(...args);
  if (code !== 0) {
    throw explainGit(stderr, inputs);
  }
  return stdout;
}
