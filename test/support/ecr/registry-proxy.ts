import { type Agent, type IncomingMessage, request as requestUpstream, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { digestOf, RegistryError, readManifest } from '../oci.ts';
import type { Context } from './context.ts';
import { RegistryRefusal } from './errors.ts';
import { refuseForms } from './manifest-rules.ts';
import type { RegistryId } from './names.ts';
import { authenticate, openRepository, registryAsked } from './registry-access.ts';
import { parseRegistryPath, type RegistryPath, registryAction } from './registry-path.ts';
import { immutableText, isImmutableTag, type Repository } from './repositories.ts';

export interface RegistryExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly scheme: 'http' | 'https';
  readonly context: Context;
  /** Keeps the connections to the real registry. */
  readonly agent: Agent;
  /** Learns how many bytes of the request's body arrived. */
  readonly countBytes: (bytes: number) => void;
}

/** Answers a request to the registry: refuses what ECR refuses, and hands everything else to the real registry. */
export async function answerRegistry(exchange: RegistryExchange): Promise<void> {
  try {
    await forwardAllowed(exchange);
  } catch (error) {
    if (!(error instanceof RegistryRefusal)) {
      throw error;
    }
    refuse(exchange, error);
  }
}

async function forwardAllowed(exchange: RegistryExchange): Promise<void> {
  const { request, response, url, context } = exchange;
  const token = authenticate(request, context);
  if (url.pathname === '/v2/' || url.pathname === '/v2') {
    response.writeHead(200, { 'content-type': 'application/json', ...VERSION }).end('{}');
    return;
  }
  const path = parseRegistryPath(url.pathname);
  const action = path === undefined ? undefined : registryAction(request.method ?? '', path);
  if (path === undefined || action === undefined) {
    throw new RegistryRefusal(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  const registryId = registryAsked(request, token);
  const repository = openRepository({ context, token, registryId, path, action });
  const body = action === 'PutImage' ? await buffer(request) : undefined;
  if (body !== undefined) {
    refuseForms(body);
    await refuseMovingTag({ context, repository, path, body });
  }
  await forward(exchange, { registryId, repository, path, body });
}

const VERSION = { 'docker-distribution-api-version': 'registry/2.0' } as const;

interface Push {
  readonly context: Context;
  readonly repository: Repository;
  readonly path: RegistryPath;
  readonly body: Buffer;
}

async function refuseMovingTag({ context, repository, path: { reference = '' }, body }: Push): Promise<void> {
  if (reference.includes(':') || !isImmutableTag(repository, reference)) {
    return;
  }
  const existing = await currentDigest(context, repository, reference);
  if (existing !== undefined && existing !== digestOf(body)) {
    throw new RegistryRefusal(400, 'TAG_INVALID', immutableText(repository, reference));
  }
}

async function currentDigest({ registry }: Context, { storage }: Repository, tag: string): Promise<string | undefined> {
  try {
    return (await readManifest({ registryUrl: registry.url, repository: storage, reference: tag })).digest;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

interface Target {
  readonly registryId: RegistryId;
  readonly repository: Repository;
  readonly path: RegistryPath;
  /** What was read of the request already; undefined to stream it. */
  readonly body: Buffer | undefined;
}

async function forward(exchange: RegistryExchange, { registryId, repository, path, body }: Target): Promise<void> {
  const { request, response, scheme, url, context, agent, countBytes } = exchange;
  const { authorization: _, ...headers } = request.headers;
  const upstream = requestUpstream(context.registry.url, {
    agent,
    method: request.method,
    path: `/v2/${repository.storage}/${path.rest}${upstreamQuery(url, registryId, context)}`,
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
function upstreamQuery({ searchParams }: URL, registryId: RegistryId, { blobMounting, repositories }: Context): string {
  const query = new URLSearchParams(searchParams);
  const source = repositories.find(registryId, query.get('from') ?? '');
  if (blobMounting && source !== undefined) {
    query.set('from', source.storage);
  } else {
    query.delete('from');
    query.delete('mount');
  }
  return query.size === 0 ? '' : `?${query}`;
}

function refuse({ request, response }: RegistryExchange, { status, code, message }: RegistryRefusal): void {
  // What the client is still sending has to be read, or it may never see the answer.
  request.resume();
  if (status === 401) {
    const challenge = `Basic realm="https://${request.headers.host}/",service="ecr.amazonaws.com"`;
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'text/plain', ...VERSION }).end(message);
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', ...VERSION });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
