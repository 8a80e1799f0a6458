import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import type { Raw } from './grammar.ts';

/** Whether a value is the text itself rather than the path of a file. */
export function isText(value: string): boolean {
  return value.includes('\n') || /^(?:\[|\{|-----BEGIN)/.test(value);
}

/**
 * Reads an input that is a text or the path of a file, relative to the workspace. The value is not shown when there is no
 * such file: it may be a text after all.
 * @returns undefined when the input is not given
 * @throws Failure `path-unreadable`, `path-outside`
 */
export async function readTextOrFile(
  raw: Raw,
  input: string,
  { workspace }: { workspace: string },
): Promise<string | undefined> {
  const value = raw.text(input);
  if (value === undefined || isText(value)) {
    return value;
  }
  const path = await findPath({ input, path: value, base: workspace, what: 'the workspace', secret: true });
  if (path === undefined || !(await stat(path)).isFile()) {
    throw new Failure({
      code: 'path-unreadable',
      message: `${input}: the value is neither a text nor the path of an existing file. It is not shown here.`,
      hint: 'Give the text itself, which has several lines or starts with {, [ or -----BEGIN, or a path relative to the workspace.',
    });
  }
  return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
}
