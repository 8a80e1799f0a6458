import { type Agent, type IncomingMessage, request as requestUpstream, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Registry } from '../registry.ts';
import type { OpenedRepository } from './entrance.ts';
import { RegistryRefusal } from './errors.ts';
import type { RegistryPath } from './registry-path.ts';

export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly scheme: 'http' | 'https';
  readonly registry: Registry;
  /** Keeps the connections to the real registry. */
  readonly agent: Agent;
  readonly repository: OpenedRepository;
  readonly path: RegistryPath;
  /** What was read of the request already; undefined to stream it. */
  readonly body: Buffer | undefined;
  /** Learns how many bytes of the request's body arrived. */
  readonly countBytes: (bytes: number) => void;
}

/** Has the real registry answer. */
export async function forward(forwarding: Forwarding): Promise<void> {
  const { request, response, url, scheme, registry, agent, repository, path, body, countBytes } = forwarding;
  const { authorization: _, ...headers } = request.headers;
  const upstream = requestUpstream(registry.url, {
    agent,
    method: request.method,
    path: `/v2/${repository.storage}/${path.rest}${upstreamQuery(url, repository)}`,
    // The real registry makes its Location headers of these, so that clients stay here.
    headers: { ...headers, 'x-forwarded-proto': scheme },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('error', reject);
  });
  if (body === undefined) {
    request.on('data', (chunk: Buffer) => countBytes(chunk.length));
  } else {
    countBytes(body.length);
  }
  const sent = body === undefined ? pipeline(request, upstream) : upstream.end(body);
  const [answer] = await Promise.all([answered, sent]);
  if (answer.statusCode === 404 && path.reference !== undefined) {
    answer.resume();
    throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  }
  const { location } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, {
    ...answer.headers,
    ...(location === undefined
      ? {}
      : { location: location.replace(`/v2/${repository.storage}/`, `/v2/${repository.name}/`) }),
  });
  await pipeline(answer, response);
}

/** Without blob mounting ECR takes a request to mount as the start of an ordinary upload. */
function upstreamQuery({ searchParams }: URL, { mountSource }: OpenedRepository): string {
  const query = new URLSearchParams(searchParams);
  const source = mountSource(query.get('from') ?? '');
  if (source !== undefined) {
    query.set('from', source);
  } else {
    query.delete('from');
    query.delete('mount');
  }
  return query.size === 0 ? '' : `?${query}`;
}
