import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The program that a shell with this PATH would start. @returns its path, or undefined */
export async function findProgram(name: string, path: string | undefined): Promise<string | undefined> {
  const candidates = (path ?? '').split(delimiter).map((directory) => join(directory, name));
  const found = await Promise.all(candidates.map(isProgram));
  return candidates.find((_, index) => found[index]);
}

export async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
