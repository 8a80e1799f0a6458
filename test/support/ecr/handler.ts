import { randomUUID } from 'node:crypto';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { parseJson } from '../../../src/json.ts';
import { callEcr, ECR_TARGET } from './api.ts';
import { callEcrPublic, PUBLIC_TARGET } from './api-public.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import { type Admission, admit, beginEntry, type Entry } from './log.ts';
import { type Place, placeOfHost } from './places.ts';
import { answerToken } from './public-access.ts';
import { parseRegistryPath, registryAction } from './registry-path.ts';
import { answerRegistry } from './registry-proxy.ts';
import { verifySignature } from './sigv4.ts';
import { callSts } from './sts.ts';

export interface Exchange extends Admission {
  readonly scheme: 'http' | 'https';
  /** What the listener stands for; undefined where the Host header decides. */
  readonly place: Place | undefined;
  readonly context: Context;
  readonly agent: Agent;
}

/** Answers one request to any of the faces of the stand-in. */
export async function answer(exchange: Exchange): Promise<void> {
  const { request, response, scheme, context } = exchange;
  const url = new URL(request.url ?? '/', `${scheme}://${request.headers.host}`);
  const place = exchange.place ?? placeOfHost(request.headers.host ?? '');
  if (url.pathname === '/v2' || url.pathname.startsWith('/v2/')) {
    const path = parseRegistryPath(url.pathname);
    const action = (path && registryAction(request.method ?? '', path)) ?? '';
    const entry = beginEntry(request, url, { kind: 'registry', action, input: undefined });
    if (await admit(exchange, entry)) {
      await answerRegistry({ ...exchange, url, place, entry });
    }
    return;
  }
  const body = await buffer(request);
  const isToken = place.kind === 'public' && /^\/token\/?$/.test(url.pathname);
  const entry = beginEntry(request, url, isToken ? TOKEN : describeApi(request, body));
  entry.bodyBytes = body.length;
  if (!(await admit(exchange, entry))) {
    return;
  }
  if (isToken) {
    answerToken({ request, scheme, context, entry }, response);
  } else {
    await answerApi({ request, response, context, entry, body });
  }
}

const TOKEN = { kind: 'token', action: '', input: undefined } as const;

function describeApi({ headers }: IncomingMessage, body: Buffer): Pick<Entry, 'kind' | 'action' | 'input'> {
  const target = String(headers['x-amz-target'] ?? '');
  if (target.startsWith(PUBLIC_TARGET)) {
    return { kind: 'ecr-public', action: target.slice(PUBLIC_TARGET.length), input: jsonOf(body) };
  }
  if (target !== '') {
    return { kind: 'ecr', action: target.replace(ECR_TARGET, ''), input: jsonOf(body) };
  }
  const form = new URLSearchParams(body.toString());
  return { kind: 'sts', action: form.get('Action') ?? '', input: Object.fromEntries(form) };
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
  readonly entry: Entry;
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
    const { status, xml } = callSts({ request: signed, context, entry });
    response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    return;
  }
  try {
    const [service, call] =
      entry.kind === 'ecr' ? (['ecr', callEcr] as const) : (['ecr-public', callEcrPublic] as const);
    const { principal, region } = verifySignature(signed, { service, principals: context.principals });
    entry.caller = principal.arn;
    const { action, input, actions: needed } = entry;
    sendJson(response, 200, await call(action, { context, principal, region, input, needed }));
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
