import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commitAll } from '../bed.ts';

/** The repository of a user of the action, with one commit. */
export interface Repository {
  readonly sha: string;
  /** The text of a file. @throws Error when there is none */
  read(path: string): Promise<string>;
  /** What actions/checkout does: files and history, in an empty workspace. */
  checkOut(workspace: string): Promise<void>;
  remove(): Promise<void>;
}

/** Every leg of a matrix has the same commit, so the date is one of the repository and not of the clock. */
const COMMITTED = '2026-02-03T04:05:06Z';

export async function openRepository(files: Readonly<Record<string, string>>): Promise<Repository> {
  const directory = await mkdtemp('/tmp/bka-repository-');
  for (const [name, text] of Object.entries({ '.gitignore': '', ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const sha = await commitAll(directory, COMMITTED);
  return {
    sha,
    read: (path) => readFile(join(directory, path), 'utf8'),
    checkOut: (workspace) => cp(directory, workspace, { recursive: true }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
