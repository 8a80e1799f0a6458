import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Entry, Store } from './store.ts';

/** What addresses of blobs start with. */
export const BLOBS = '/blobs/';

/**
 * The part of Azure's blob storage that uploads and downloads of caches use: Put Blob, Put Block, Put Block List and Get Blob
 * with a range (Azure documentation, "Blob service REST API").
 */
export function answerBlob(
  exchange: { request: IncomingMessage; response: ServerResponse; url: URL; body: Buffer },
  store: Store,
): void {
  const { request, response, url, body } = exchange;
  // BuildKit logs this one of every upload, and ends when it is not there.
  response.setHeader('x-ms-request-id', randomUUID());
  const entry = store.entries.find(({ id }) => `${BLOBS}${id}` === url.pathname);
  if (entry === undefined) {
    response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
  } else if (request.method === 'PUT') {
    put(entry, url, body);
    response.writeHead(201, { etag: '"1"', 'last-modified': new Date().toUTCString() }).end();
  } else {
    sendRange(entry.bytes, request, response);
  }
}

function put(entry: Entry, { searchParams }: URL, body: Buffer): void {
  switch (searchParams.get('comp')) {
    case 'block':
      entry.blocks.set(searchParams.get('blockid') ?? '', body);
      break;
    case 'blocklist': {
      const ids = [...body.toString().matchAll(/<Latest>([^<]*)<\/Latest>/g)].map(([, id = '']) => id);
      entry.bytes = Buffer.concat(ids.map((id) => entry.blocks.get(id) ?? Buffer.alloc(0)));
      break;
    }
    default:
      entry.bytes = body;
  }
}

function sendRange(bytes: Buffer, { headers }: IncomingMessage, response: ServerResponse): void {
  const range = String(headers['x-ms-range'] ?? headers.range ?? '');
  const [, first = '0'] = /^bytes=(\d+)-/.exec(range) ?? [];
  const start = Number(first);
  const part = bytes.subarray(start);
  response
    .writeHead(range === '' ? 200 : 206, {
      'content-length': part.length,
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      'x-ms-blob-type': 'BlockBlob',
      etag: '"1"',
    })
    .end(part);
}
