import { text } from 'node:stream/consumers';
import { HttpClient } from '@actions/http-client';
import pRetry from 'p-retry';
import { codeOf } from '../failure.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends requests, and keeps connections for the next one until it is closed. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): void;
}

/** The timeout is in milliseconds without a byte. */
const CLIENT_OPTIONS = { allowRedirects: false, keepAlive: true, socketTimeout: 30_000 };
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;

/** ECR takes ten manifests per second and region: a matrix meets that limit, and what it has to do is to wait. */
const RETRIES = { retries: 5, minTimeout: 400, factor: 2, maxTimeout: 6_000, randomize: true };
const PASSING_CODES = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE'];

/**
 * Opens connections to registries, through the proxy that the environment names. What a registry refuses for now (429, 5xx)
 * and what the network loses is asked for again; everything is safe to repeat.
 */
export function openHttp(): Http {
  const clients = new Map<string, HttpClient>();
  // One for each origin: a client keeps one kind of connection.
  const clientOf = ({ origin }: URL) => {
    const client = clients.get(origin) ?? new HttpClient('buildkit-aws/1', [], CLIENT_OPTIONS);
    clients.set(origin, client);
    return client;
  };
  const isWorthRetrying = ({ error }: { error: Error }) => isPassing(error);
  return {
    send: (request) =>
      pRetry(() => sendOnce(clientOf, request), { ...RETRIES, shouldRetry: isWorthRetrying }).catch(lastAnswer),
    close: () => {
      for (const client of clients.values()) {
        client.dispose();
      }
    },
  };
}

type ClientOf = (url: URL) => HttpClient;

/** An answer that may be another one in a moment. */
class Passing extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}

function isPassing(error: unknown): boolean {
  const isTimeout = error instanceof Error && error.message.startsWith('Request timeout');
  return error instanceof Passing || isTimeout || PASSING_CODES.includes(codeOf(error) ?? '');
}

/** Who asked for it gets to see what the registry said last. */
function lastAnswer(error: unknown): HttpResponse {
  if (error instanceof Passing) {
    return error.response;
  }
  throw error;
}

async function sendOnce(clientOf: ClientOf, request: HttpRequest): Promise<HttpResponse> {
  const response = await follow(clientOf, request);
  if (response.status === 429 || response.status >= 500) {
    throw new Passing(response);
  }
  return response;
}

/** A registry sends readers of a blob elsewhere: the credentials are for the registry alone. */
async function follow(clientOf: ClientOf, request: HttpRequest, left = MAX_REDIRECTS): Promise<HttpResponse> {
  const { method, url, headers, body } = request;
  const answer = await clientOf(url).request(method, url.href, body ?? null, { ...headers });
  // The client's own reading never ends when the body is cut off.
  const received = await text(answer.message);
  const { statusCode: status = 0, headers: answered } = answer.message;
  const { location } = answered;
  if (method !== 'GET' || left === 0 || location === undefined || !REDIRECTS.includes(status)) {
    return { status, headers: answered, body: received };
  }
  const target = new URL(location, url);
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  const kept = target.origin === url.origin ? headers : Object.fromEntries(others);
  return follow(clientOf, { ...request, url: target, headers: kept }, left - 1);
}
