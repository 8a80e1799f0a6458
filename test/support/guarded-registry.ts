import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http';
import { listen, stop } from './listen.ts';
import type { Registry } from './registry.ts';

/** A registry that is read from with user and password, in front of a real one. */
export interface GuardedRegistry {
  /** What image references start with, for example "127.0.0.1:40123". */
  readonly host: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly GuardedRequest[];
  close(): Promise<void>;
}

export interface GuardedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** @param options.login "user:password"; without it, anybody may read */
export async function startGuardedRegistry(options: {
  readonly registry: Registry;
  readonly login?: string;
}): Promise<GuardedRegistry> {
  const { registry, login } = options;
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const requests: GuardedRequest[] = [];
  const server: Server = createServer((request, response) => {
    const { url: path = '', headers } = request;
    requests.push({ path, authorization: headers.authorization });
    if (expected !== undefined && headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="guarded"' }).end();
      return;
    }
    forward(request, response, registry);
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  return { host: `127.0.0.1:${port}`, requests, close: () => stop(server) };
}

function forward(request: IncomingMessage, response: ServerResponse, registry: Registry): void {
  const { authorization: _, host: __, ...headers } = request.headers;
  const url = new URL(request.url ?? '/', registry.url);
  const upstream = send(url, { method: request.method ?? 'GET', headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  upstream.end();
}
