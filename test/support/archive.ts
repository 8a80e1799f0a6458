import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import type { ImageIndex, ImageManifest } from './built.ts';
import { digestOf } from './oci.ts';

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

/** The manifest in a tarball of type oci. */
export async function readArchivedImage(path: string): Promise<{ digest: string; manifest: ImageManifest }> {
  const files = await readArchive(path);
  const index: ImageIndex = JSON.parse(files.get('index.json')?.toString() ?? '');
  const digest = index.manifests[0]?.digest ?? '';
  const bytes = files.get(`blobs/${digest.replace(':', '/')}`) ?? Buffer.alloc(0);
  if (digestOf(bytes) !== digest) {
    throw new Error(`${path}: ${digest} names something else`);
  }
  return { digest, manifest: JSON.parse(bytes.toString()) };
}
