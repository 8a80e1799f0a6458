import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Area } from './row.ts';

/** Files of this directory that are no area. */
const OTHERS = ['areas.ts', 'row.ts', 'table.ts'];

/** All areas by the name of their file, in the order of their titles. */
export async function readAreas(): Promise<ReadonlyMap<string, Area>> {
  const files = (await readdir(import.meta.dirname)).filter((name) => !OTHERS.includes(name));
  const areas = files.map(async (file): Promise<[string, Area]> => {
    const { area }: { area: Area } = await import(join(import.meta.dirname, file));
    return [basename(file, '.ts'), area];
  });
  return new Map((await Promise.all(areas)).sort(([, one], [, other]) => one.title.localeCompare(other.title)));
}
