import type { Agent, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { digestOf, RegistryError, readManifest } from '../oci.ts';
import type { Arrival, OpenedRepository } from './entrance.ts';
import { Challenge, RegistryRefusal } from './errors.ts';
import { refuseForms } from './manifest-rules.ts';
import type { Place } from './places.ts';
import { enterPublic } from './public-access.ts';
import { enterPrivate } from './registry-access.ts';
import { forward } from './registry-forward.ts';
import { neededActions, parseRegistryPath, type RegistryPath, registryAction } from './registry-path.ts';

export interface RegistryExchange extends Arrival {
  readonly response: ServerResponse;
  readonly url: URL;
  readonly place: Place;
  /** Keeps the connections to the real registry. */
  readonly agent: Agent;
}

/** Answers a request to the registry: refuses what ECR refuses, and hands everything else to the real registry. */
export async function answerRegistry(exchange: RegistryExchange): Promise<void> {
  try {
    await answerAllowed(exchange);
  } catch (error) {
    if (!(error instanceof RegistryRefusal || error instanceof Challenge)) {
      throw error;
    }
    refuse(exchange, error);
  }
}

async function answerAllowed(exchange: RegistryExchange): Promise<void> {
  const { request, response, url, place, context, entry } = exchange;
  const entrance = place.kind === 'public' ? enterPublic(exchange) : enterPrivate(exchange, place);
  if (url.pathname === '/v2/' || url.pathname === '/v2') {
    response.writeHead(200, { 'content-type': 'application/json', ...VERSION }).end('{}');
    return;
  }
  const path = parseRegistryPath(url.pathname);
  const action = path === undefined ? undefined : registryAction(request.method ?? '', path);
  if (path === undefined || action === undefined) {
    throw new RegistryRefusal(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  const hasBody = request.headers['content-length'] !== '0';
  const repository = entrance.open(path, neededActions(action, hasBody));
  if (action === 'GetDownloadUrlForLayer' && context.blobLinks !== undefined) {
    await redirectToBlob(exchange, repository, path);
    return;
  }
  const body = action === 'PutImage' ? await buffer(request) : undefined;
  if (body !== undefined) {
    refuseForms(body);
    await refuseMovingTag({ registryUrl: context.registry.url, repository, path, body });
  }
  const countBytes = (bytes: number) => {
    entry.bodyBytes += bytes;
  };
  await forward({ ...exchange, registry: context.registry, repository, path, body, countBytes });
}

const VERSION = { 'docker-distribution-api-version': 'registry/2.0' } as const;

async function redirectToBlob(
  { response, context: { registry, blobLinks } }: RegistryExchange,
  { storage }: OpenedRepository,
  { rest }: RegistryPath,
): Promise<void> {
  const stored = await fetch(`${registry.url}/v2/${storage}/${rest}`, { method: 'HEAD' });
  if (!stored.ok || blobLinks === undefined) {
    throw new RegistryRefusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  }
  const location = blobLinks.sign(storage, rest.replace('blobs/', ''));
  response.writeHead(307, { location, 'content-length': '0', ...VERSION }).end();
}

interface Push {
  readonly registryUrl: string;
  readonly repository: OpenedRepository;
  readonly path: RegistryPath;
  readonly body: Buffer;
}

async function refuseMovingTag({ registryUrl, repository, path: { reference = '' }, body }: Push): Promise<void> {
  const text = reference.includes(':') ? undefined : repository.refuseMove(reference);
  if (text === undefined) {
    return;
  }
  const existing = await currentDigest(registryUrl, repository.storage, reference);
  if (existing !== undefined && existing !== digestOf(body)) {
    throw new RegistryRefusal(400, 'TAG_INVALID', text);
  }
}

async function currentDigest(registryUrl: string, repository: string, tag: string): Promise<string | undefined> {
  try {
    return (await readManifest({ registryUrl, repository, reference: tag })).digest;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

function refuse({ request, response }: RegistryExchange, error: RegistryRefusal | Challenge): void {
  // What the client is still sending has to be read, or it may never see the answer.
  request.resume();
  if (error instanceof Challenge) {
    const headers = { 'www-authenticate': error.challenge, 'content-type': 'text/plain', ...VERSION };
    response.writeHead(401, headers).end(error.message);
    return;
  }
  const { status, code, message } = error;
  response.writeHead(status, { 'content-type': 'application/json', ...VERSION });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
