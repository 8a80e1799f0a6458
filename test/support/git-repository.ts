import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A repository without files of its own, as servers have it, and the commits in it that tests ask for. */
export interface SampleRepository {
  readonly path: string;
  readonly commits: {
    /** Of its default branch, `main`. */
    readonly main: string;
    /** Before it: on no tip of a branch. */
    readonly before: string;
    /** Of `feature/slash`. */
    readonly branch: string;
    /** Of the lightweight tag `v1`. */
    readonly v1: string;
    /** That the annotated tag `v2` points to; the tag is an object of its own. */
    readonly v2: string;
    /** Of `refs/pull/1/head` alone. */
    readonly pull: string;
  };
}

type Files = Readonly<Record<string, string>>;

/** Runs Git with people and dates that are always the same. @returns what it printed, trimmed */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const people = ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'someone'],
    [`GIT_${role}_EMAIL`, 'someone@example.com'],
    [`GIT_${role}_DATE`, '2024-02-29T12:00:00Z'],
  ]);
  const settings = ['protocol.file.allow=always', 'uploadpack.allowFilter=true', 'init.defaultBranch=main'];
  const { stdout } = await promisify(execFile)('git', [...settings.flatMap((one) => ['-c', one]), ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...Object.fromEntries(people) },
  });
  return stdout.trim();
}

/** Writes files and commits all that is in the directory. @returns the commit */
export async function commitFiles(work: string, files: Files): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, name)), { recursive: true });
    await writeFile(join(work, name), text);
  }
  await git(work, 'add', '--all');
  await git(work, 'commit', '--quiet', '--allow-empty', '--message', 'change');
  return git(work, 'rev-parse', 'HEAD');
}

/** Makes a repository at `<directory>/<name>.git`; each of its commits says in `revision.txt` which one it is. */
export async function makeSampleRepository(
  directory: string,
  { name, files }: { readonly name: string; readonly files: Files },
): Promise<SampleRepository> {
  const work = join(directory, 'work', name);
  const commit = (revision: string) => commitFiles(work, { ...files, 'revision.txt': revision });
  await mkdir(work, { recursive: true });
  await git(work, 'init', '--quiet');
  const v1 = await commit('v1');
  await git(work, 'tag', 'v1');
  const v2 = await commit('v2');
  await git(work, 'tag', '--annotate', '--message', 'second', 'v2');
  const before = await commit('before');
  const main = await commit('main');
  await git(work, 'checkout', '--quiet', '-b', 'feature/slash', v1);
  const branch = await commit('branch');
  await git(work, 'checkout', '--quiet', '--detach', v1);
  const pull = await commit('pull');
  await git(work, 'update-ref', 'refs/pull/1/head', pull);
  await git(work, 'checkout', '--quiet', 'main');
  const path = await publish(directory, name);
  return { path, commits: { main, before, branch, v1, v2, pull } };
}

/** Makes what a server has of `<directory>/work/<name>`: all of its refs. @returns its path */
export async function publish(directory: string, name: string): Promise<string> {
  const path = join(directory, `${name}.git`);
  await rm(path, { recursive: true, force: true });
  await git(directory, 'clone', '--quiet', '--mirror', join(directory, 'work', name), path);
  await git(path, 'config', 'uploadpack.allowFilter', 'true');
  return path;
}

/** Adds a submodule, at whatever address, to a work tree. */
export async function addSubmodule(
  work: string,
  { path, url, commit }: { readonly path: string; readonly url: string; readonly commit: string },
): Promise<void> {
  await git(work, 'config', '--file', '.gitmodules', `submodule.${path}.path`, path);
  await git(work, 'config', '--file', '.gitmodules', `submodule.${path}.url`, url);
  await git(work, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
}
