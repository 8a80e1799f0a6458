import { Failure } from '../failure.ts';
import { type Clone, must } from './clone.ts';

/** As `git lfs install` sets them, which not every machine has run. Source: git-lfs-install(1). */
const FILTER = [
  'filter.lfs.clean=git-lfs clean -- %f',
  'filter.lfs.smudge=git-lfs smudge -- %f',
  'filter.lfs.process=git-lfs filter-process',
  'filter.lfs.required=true',
].flatMap((setting) => ['-c', setting]);

/**
 * Fetches the files that the repository keeps in Git LFS, if it has any, those of its submodules included.
 * Source: gitattributes(5); git-lfs-pull(1).
 * @throws Failure `git-lfs-missing`, and as `explainGit`
 */
export async function fetchLargeFiles(clone: Clone): Promise<void> {
  if (!(await usesLfs(clone))) {
    return;
  }
  if ((await clone.git('lfs', 'version')).code !== 0) {
    throw new Failure({
      code: 'git-lfs-missing',
      message: `gitCloneUrl: the repository keeps files in Git LFS, and the program git-lfs is not on the PATH of the runner.`,
      hint: 'Install git-lfs in an earlier step or in the image of the runner: without it the image would get pointers in place of the files.',
    });
  }
  await must(clone, ...FILTER, 'lfs', 'pull');
  await must(clone, ...FILTER, 'submodule', 'foreach', '--quiet', '--recursive', 'git lfs pull');
}

async function usesLfs({ git }: Clone): Promise<boolean> {
  const files = ['--', '.gitattributes', '*/.gitattributes'];
  const { code } = await git('grep', '--quiet', '--cached', '--recurse-submodules', '-E', 'filter=lfs', ...files);
  return code === 0;
}
