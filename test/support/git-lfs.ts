import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { at, textAt } from '../../src/json.ts';

/** Large files by their oid. */
export type LfsObjects = ReadonlyMap<string, Buffer>;

/** What a repository has in place of a large file. Source: git-lfs, docs/spec.md. */
export function lfsPointer(content: Buffer): { readonly oid: string; readonly text: string } {
  const oid = createHash('sha256').update(content).digest('hex');
  return { oid, text: `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n` };
}

/**
 * Answers a request of Git LFS: what can be downloaded, or one file. Source: git-lfs, docs/api/batch.md.
 * @returns false when the request is none of LFS
 */
export async function serveLfs(
  objects: LfsObjects,
  { request, response, origin }: { request: IncomingMessage; response: ServerResponse; origin: string },
): Promise<boolean> {
  const path = request.url ?? '';
  const { oid } = /\/lfs-objects\/(?<oid>[0-9a-f]{64})$/.exec(path)?.groups ?? {};
  if (oid !== undefined) {
    response.end(objects.get(oid));
    return true;
  }
  if (!path.endsWith('/info/lfs/objects/batch')) {
    return false;
  }
  const asked = at(await json(request), 'objects');
  const answers = (Array.isArray(asked) ? asked : []).map((one: unknown) => {
    const name = textAt(one, 'oid') ?? '';
    const size = objects.get(name)?.length ?? 0;
    return { oid: name, size, actions: { download: { href: `${origin}/lfs-objects/${name}` } } };
  });
  response.setHeader('content-type', 'application/vnd.git-lfs+json');
  response.end(JSON.stringify({ transfer: 'basic', objects: answers }));
  return true;
}
