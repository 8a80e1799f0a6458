import { randomUUID } from 'node:crypto';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '../../../src/json.ts';
import { callEcr, ECR_TARGET } from './api.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import { type Answer, type Faults, type LoggedRequest, userOf } from './exchange.ts';
import { parseRegistryPath, registryAction } from './registry-path.ts';
import { answerRegistry } from './registry-proxy.ts';
import { verifySignature } from './sigv4.ts';
import { callSts } from './sts.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly scheme: 'http' | 'https';
  readonly context: Context;
  readonly faults: Faults;
  /** Gets the request as soon as it is known what it asks for. */
  readonly requests: LoggedRequest[];
  readonly agent: Agent;
}

/** Answers one request to any of the faces of the stand-in. Never throws: what it cannot answer, it cuts. */
export async function answer(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  try {
    await answerOrThrow(exchange);
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      // The client went away, or the real registry did in the middle of its answer.
      request.socket.destroy();
      return;
    }
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`The stand-in for ECR failed: ${error}`);
  }
}

async function answerOrThrow({ request, response, scheme, context, faults, requests, agent }: Exchange): Promise<void> {
  const url = new URL(request.url ?? '/', `${scheme}://${request.headers.host}`);
  const isRegistry = url.pathname === '/v2' || url.pathname.startsWith('/v2/');
  const body = isRegistry ? undefined : await buffer(request);
  const entry = { ...describe(request, url, body), bodyBytes: body?.length ?? 0, status: 0 };
  requests.push(entry);
  response.on('close', () => {
    entry.status = response.headersSent ? response.statusCode : 0;
  });

  const fault = faults.take(entry);
  if (fault !== undefined && !(await applyFault(fault, request, response))) {
    return;
  }
  if (body === undefined) {
    const countBytes = (bytes: number) => {
      entry.bodyBytes += bytes;
    };
    await answerRegistry({ request, response, url, scheme, context, agent, countBytes });
  } else {
    await answerApi({ request, response, context, entry, body });
  }
}

/** @returns whether the request is still to be answered */
async function applyFault(fault: Answer, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (fault === 'reset') {
    request.socket.resetAndDestroy();
    return false;
  }
  if ('delayMs' in fault) {
    await sleep(fault.delayMs);
    return true;
  }
  request.resume();
  const { status, headers = {}, body = '' } = fault;
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  return false;
}

type Description = Omit<LoggedRequest, 'bodyBytes' | 'status'>;

function describe(request: IncomingMessage, url: URL, body: Buffer | undefined): Description {
  const { method = '', headers } = request;
  const common = {
    method,
    host: headers.host ?? '',
    path: url.pathname,
    query: url.searchParams,
    user: userOf(request),
    userAgent: headers['user-agent'] ?? '',
    region: /Credential=[^/]+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1],
    at: Date.now(),
  };
  if (body === undefined) {
    const path = parseRegistryPath(url.pathname);
    const action = (path && registryAction(method, path)) ?? '';
    return { ...common, kind: 'registry', action, input: undefined };
  }
  const target = String(headers['x-amz-target'] ?? '');
  if (target !== '') {
    const action = target.replace(ECR_TARGET, '');
    return { ...common, kind: 'ecr', action, input: jsonOf(body) };
  }
  const form = new URLSearchParams(body.toString());
  return { ...common, kind: 'sts', action: form.get('Action') ?? '', input: Object.fromEntries(form) };
}

function jsonOf(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch {
    return undefined;
  }
}

interface ApiExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: Context;
  readonly entry: Description;
  readonly body: Buffer;
}

async function answerApi({ request, response, context, entry, body }: ApiExchange): Promise<void> {
  response.setHeader('x-amzn-requestid', randomUUID());
  if (request.method !== 'POST' || entry.path !== '/') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('The stand-in knows POST / and /v2/ only');
    return;
  }
  const signed = { headers: request.headers, body };
  if (entry.kind === 'sts') {
    const { status, xml } = callSts(signed, context);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    return;
  }
  try {
    const { principal, region } = verifySignature(signed, { service: 'ecr', principals: context.principals });
    sendJson(response, 200, await callEcr(entry.action, { context, principal, region, input: entry.input }));
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    sendJson(response, error.status, { __type: error.type, message: error.message });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
