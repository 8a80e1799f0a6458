import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { existing, leaves } from '../paths.ts';
import type { Attributes } from '../plan/attributes.ts';

/**
 * Makes the path that an exporter or a cache writes to or reads from absolute.
 * @throws Failure `path-outside`
 */
export async function placePath(
  attributes: Attributes,
  { key, input, workspace }: { key: 'dest' | 'src'; input: string; workspace: string },
): Promise<Attributes> {
  const path = attributes.get(key);
  return path === undefined
    ? attributes
    : new Map([...attributes, [key, await placeFile(path, { input: `${input}: ${key}`, workspace })]]);
}

/**
 * Makes a path absolute that is written to. A relative one is in the workspace and stays there, links included; it need not
 * be there yet.
 * @throws Failure `path-outside`
 */
export async function placeFile(
  path: string,
  { input, workspace }: { input: string; workspace: string },
): Promise<string> {
  const base = await realpath(workspace).catch(() => workspace);
  const target = resolve(base, path);
  if (!isAbsolute(path) && (leaves(base, target) || leaves(await existing(base), await existing(target)))) {
    throw new Failure({
      code: 'path-outside',
      message: `${input} "${path}" leaves the workspace.`,
      hint: 'Use a path inside of it, or an absolute path.',
    });
  }
  return target;
}
