import { createServer, type IncomingMessage, request as requestOrigin, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listen, stop } from './listen.ts';

export interface ProxyOptions {
  /**
   * Where hosts are in truth, by "host:port" or host: { 'public.ecr.aws': '127.0.0.1:40443' }. Addresses of loopback need no
   * route; every other host is refused, so that nothing leaves the machine.
   */
  readonly routes?: Readonly<Record<string, string>>;
  /** What clients have to authenticate with. Default: nothing */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** A request as the proxy saw it. */
export interface ProxiedRequest {
  /** CONNECT for a tunnel, the method of the request otherwise. */
  readonly method: string;
  /** "host:port" */
  readonly target: string;
  /** 200 for a tunnel that was opened, 407 without the right credentials, 502 for a host that is out of reach. */
  readonly status: number;
}

/** An HTTP proxy as companies have it. */
export interface HttpProxy {
  /** Value of HTTP_PROXY and HTTPS_PROXY, credentials included. */
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly ProxiedRequest[];
  close(): Promise<void>;
}

/** Starts one on loopback. It opens tunnels (RFC 9110, CONNECT) and forwards plain HTTP. */
export async function startProxy({ routes = {}, credentials }: ProxyOptions = {}): Promise<HttpProxy> {
  const requests: ProxiedRequest[] = [];
  const tunnels = new Set<Duplex>();
  const expected = credentials && `Basic ${btoa(`${credentials.user}:${credentials.password}`)}`;
  /** Where a target is, or with what status it is refused. */
  const find = (target: string, { headers }: IncomingMessage): URL | 407 | 502 => {
    if (expected !== undefined && headers['proxy-authorization'] !== expected) {
      return 407;
    }
    const route = routes[target] ?? routes[target.replace(/:\d+$/, '')];
    const address = route ?? (/^(127\.[\d.]+|localhost):\d+$/.test(target) ? target : undefined);
    return address === undefined ? 502 : new URL(`http://${address}`);
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://origin.invalid');
    const target = `${url.hostname}:${url.port || 80}`;
    const found = find(target, request);
    requests.push({ method: request.method ?? '', target, status: found instanceof URL ? 200 : found });
    if (found instanceof URL) {
      forward(request, response, { url, to: found }).catch(() => response.destroy());
    } else {
      request.resume();
      response.writeHead(found, CHALLENGE).end();
    }
  });
  server.on('connect', (request, client, head) => {
    const target = request.url ?? '';
    const found = find(target, request);
    requests.push({ method: 'CONNECT', target, status: found instanceof URL ? 200 : found });
    if (!(found instanceof URL)) {
      client.end(
        `HTTP/1.1 ${found} Refused\r\nProxy-Authenticate: ${CHALLENGE['proxy-authenticate']}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    const origin = connect({ host: found.hostname, port: Number(found.port) }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      origin.write(head);
      client.pipe(origin).pipe(client);
    });
    for (const [one, other] of [[client, origin] as const, [origin, client] as const]) {
      tunnels.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          tunnels.delete(one);
          other.destroy();
        });
    }
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  const login = credentials
    ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
    : '';
  return {
    url: `http://${login}127.0.0.1:${port}`,
    requests,
    close: async () => {
      for (const tunnel of tunnels) {
        tunnel.destroy();
      }
      await stop(server);
    },
  };
}

const CHALLENGE = { 'proxy-authenticate': 'Basic realm="proxy"' } as const;

/** Hands a plain request to its origin, under the name that the client knows it by. */
async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { url, to }: { readonly url: URL; readonly to: URL },
): Promise<void> {
  const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
  const upstream = requestOrigin({
    host: to.hostname,
    port: to.port,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve).once('error', reject);
  });
  await pipeline(request, upstream);
  const answer = await answered;
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}
