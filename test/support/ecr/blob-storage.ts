import { type Agent, type IncomingMessage, request as requestUpstream } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Registry } from '../registry.ts';
import type { BlobLinks } from './blob-links.ts';
import { type Admission, admit, beginEntry } from './log.ts';

export interface StorageExchange extends Admission {
  readonly registry: Registry;
  readonly agent: Agent;
  readonly links: BlobLinks;
}

/**
 * Serves a blob to who has its address, as Amazon S3 does: an Authorization header beside the signature in the address is
 * refused, because a request has one way to say who asks.
 */
export async function answerStorage(exchange: StorageExchange): Promise<void> {
  const { request, response, registry, agent, links } = exchange;
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  if (!(await admit(exchange, beginEntry(request, url, { kind: 'storage', action: '', input: undefined })))) {
    return;
  }
  const refuse = (status: number, code: string, message: string) => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
  };
  if (request.headers.authorization !== undefined) {
    refuse(400, 'InvalidArgument', ONE_MECHANISM);
    return;
  }
  const blob = links.open(url);
  if (blob === undefined || request.method !== 'GET') {
    refuse(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
    return;
  }
  const { range } = request.headers;
  const upstream = requestUpstream(`${registry.url}/v2/${blob.storage}/blobs/${blob.digest}`, {
    agent,
    headers: range === undefined ? {} : { range },
  });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve).once('error', reject).end();
  });
  const { 'content-length': length, 'content-range': part } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, {
    'content-type': 'application/octet-stream',
    ...(length === undefined ? {} : { 'content-length': length }),
    ...(part === undefined ? {} : { 'content-range': part }),
  });
  await pipeline(answer, response);
}

const ONE_MECHANISM =
  'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';
