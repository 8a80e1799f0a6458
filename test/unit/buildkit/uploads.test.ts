import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localClient } from '../../../src/buildkit/client.ts';
import { readUploads, uploadsIn } from '../../../src/buildkit/uploads.ts';

const SPANS = join(import.meta.dirname, '../../fixtures/trace/push-spans.json');

it('finds what a registry has taken among all requests of a build', async () => {
  const uploads = await uploadsIn((await readFile(SPANS, 'utf8')).split('\n'));
  expect(uploads.size).toBe(3);
  expect([...uploads].every((digest) => /^sha256:[0-9a-f]{64}$/.test(digest))).toBe(true);
});

it.each([
  ['was refused', 'PUT', 400, 'digest=sha256:0a'],
  ['has only begun', 'POST', 202, 'digest=sha256:0a'],
  ['names no digest', 'PUT', 201, 'x=y'],
])('leaves out an upload that %s', async (_, method, status, query) => {
  const span = {
    Attributes: [
      { Key: 'http.request.method', Value: { Value: method } },
      { Key: 'http.response.status_code', Value: { Value: status } },
      { Key: 'url.full', Value: { Value: `https://x/v2/app/blobs/uploads/1?${query}` } },
    ],
  };
  expect(await uploadsIn(JSON.stringify(span, undefined, 2).split('\n'))).toEqual(new Set());
});

it('asks no daemon that is elsewhere, and knows nothing of one that does not answer', async () => {
  expect(await readUploads(localClient('/nothing', 'tcp://127.0.0.1:1'), 'ref')).toBeUndefined();
  expect(await readUploads(localClient('/nothing', 'unix:///nothing.sock'), 'ref')).toBeUndefined();
});
