import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { codeOf, Failure } from './failure.ts';

/**
 * Finds the file or directory that an input names.
 * A relative path stays inside of its base, links included; an absolute one may point anywhere readable.
 * @param options.what says where the path is relative to, such as `the workspace`
 * @returns the path without links, or undefined when there is nothing
 * @throws Failure `path-outside`, `path-unreadable`
 */
export async function findPath(options: {
  readonly input: string;
  readonly path: string;
  readonly base: string;
  readonly what: string;
  /** The value may be a secret that was pasted in the wrong place: it is not shown unless it is a path. */
  readonly secret?: boolean;
}): Promise<string | undefined> {
  const { input, path, base, what, secret = false } = options;
  if (path.includes('\0')) {
    return undefined;
  }
  const found = await real(resolve(base, path), secret ? undefined : input);
  if (!isAbsolute(path) && leaves(base, resolve(base, path)) && (found !== undefined || !secret)) {
    throw outside(options);
  }
  if (found === undefined) {
    return undefined;
  }
  const realBase = await real(base, input);
  if (!isAbsolute(path) && (realBase === undefined || leaves(realBase, found))) {
    throw outside({ input, path, what: `${what}, through a link` });
  }
  await checkReadable(found, { input, path });
  return found;
}

/** Whether a path is outside of its base; links are not followed. */
export function leaves(base: string, path: string): boolean {
  const way = relative(base, path);
  return way === '..' || way.startsWith(`..${sep}`);
}

/** The path, or the nearest one above it that is there, without links. What a link to nothing leads to is the root's. */
export async function existing(path: string): Promise<string> {
  const isThere = await lstat(path).then(
    () => true,
    () => path === dirname(path),
  );
  return isThere ? realpath(path).catch(() => '/') : existing(dirname(path));
}

function outside({ input, path, what }: { input: string; path: string; what: string }): Failure {
  return new Failure({
    code: 'path-outside',
    message: `${input}: "${path}" leaves ${what}.`,
    hint: 'Use a path inside of it, or an absolute path such as ${{ github.workspace }}/app.',
  });
}

/** @param input to name in the error; undefined: what cannot be reached counts as missing */
async function real(path: string, input: string | undefined): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const known = codeOf(error);
    if (input !== undefined && (known === 'EACCES' || known === 'ELOOP')) {
      throw unreadable({ input, path, cause: error });
    }
    return undefined;
  }
}

async function checkReadable(found: string, { input, path }: { input: string; path: string }): Promise<void> {
  try {
    await access(found, constants.R_OK);
  } catch (cause) {
    throw unreadable({ input, path, cause });
  }
}

function unreadable({ input, path, cause }: { input: string; path: string; cause: unknown }): Failure {
  return new Failure({
    code: 'path-unreadable',
    message: `${input}: "${path}" cannot be read by the user of the runner.`,
    hint: 'Change its owner or mode in an earlier step, or correct the path.',
    cause,
  });
}
