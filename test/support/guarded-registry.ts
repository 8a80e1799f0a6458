import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http';
import { pipeline, Transform } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
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

/**
 * @param options.login "user:password"; without it, anybody may read
 * @param options.rate bytes a second that it answers with; default: as fast as it can
 */
export async function startGuardedRegistry(options: {
  readonly registry: Registry;
  readonly login?: string;
  readonly rate?: number;
}): Promise<GuardedRegistry> {
  const { registry, login, rate } = options;
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const requests: GuardedRequest[] = [];
  const server: Server = createServer((request, response) => {
    const { url: path = '', headers } = request;
    requests.push({ path, authorization: headers.authorization });
    if (expected !== undefined && headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="guarded"' }).end();
      return;
    }
    forward(request, response, { registry, rate });
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  return { host: `127.0.0.1:${port}`, requests, close: () => stop(server) };
}

interface Upstream {
  readonly registry: Registry;
  readonly rate: number | undefined;
}

function forward(request: IncomingMessage, response: ServerResponse, { registry, rate }: Upstream): void {
  const { authorization: _, host: __, ...headers } = request.headers;
  const url = new URL(request.url ?? '/', registry.url);
  const upstream = send(url, { method: request.method ?? 'GET', headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, paced(rate), response, () => undefined);
  });
  upstream.on('error', () => response.destroy());
  upstream.end();
}

/** Lets a tenth of a second's bytes through in each tenth of a second. */
function paced(rate: number | undefined): Transform {
  return new Transform({
    transform: async function (chunk: Buffer, _encoding, done) {
      const size = rate === undefined ? chunk.length : Math.ceil(rate / 10);
      for (let start = 0; start < chunk.length; start += size) {
        this.push(chunk.subarray(start, start + size));
        await (rate === undefined ? undefined : setTimeout(100));
      }
      done();
    },
  });
}
