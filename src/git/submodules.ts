import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clone, must } from './clone.ts';
import { explainGit, refusesPart } from './errors.ts';

const UPDATE = ['submodule', 'update', '--init', '--recursive', '--progress', '--jobs=4'];

/**
 * Checks out the submodules, if there are any, each without its history as far as its server gives out single commits.
 * @throws Failure as `explainGit`
 */
export async function updateSubmodules(clone: Clone): Promise<void> {
  const { git, inputs } = clone;
  const { directory } = inputs.place;
  if (!(await exists(join(directory, '.gitmodules')))) {
    return;
  }
  await must(clone, 'submodule', 'sync', '--recursive', '--quiet');
  const { code, stderr } = await git(...UPDATE, '--depth=1');
  if (code === 0) {
    return;
  }
  if (
    !refusesPart(stderr) &&
    !/did not contain|Unable to find current|Direct fetching of that commit failed/i.test(stderr)
  ) {
    throw explainGit(stderr, inputs);
  }
  await must(clone, 'submodule', 'deinit', '--force', '--all', '--quiet');
  await rm(join(directory, '.git', 'modules'), { recursive: true, force: true });
  await must(clone, ...UPDATE);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
