import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files at or below some directories that hold one of some texts. What is not there is passed over. */
export async function filesHolding(texts: readonly string[], directories: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const directory of directories) {
    for (const name of await readdir(directory, { recursive: true }).catch(() => [])) {
      const path = join(directory, name);
      if ((await isFile(path)) && (await holds(path, texts))) {
        found.push(path);
      }
    }
  }
  return found;
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

async function holds(path: string, texts: readonly string[]): Promise<boolean> {
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  return texts.some((text) => content.includes(text));
}
