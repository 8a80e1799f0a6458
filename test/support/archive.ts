import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';

/** The files in a tarball that is not compressed, by their names without a `./` or `/` in front. */
export async function readArchive(path: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = extract();
  entries.end(await readFile(path));
  const files = new Map<string, Buffer>();
  for await (const entry of entries) {
    const content = await buffer(entry);
    if (entry.header.type === 'file') {
      files.set(entry.header.name.replace(/^\.?\/+/, ''), content);
    }
  }
  return files;
}
