import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Http, openHttp } from '../../../src/registry/http.ts';
import { openRepository, type RemoteRepository } from '../../../src/registry/repository.ts';
import { listen, stop } from '../../support/listen.ts';

/** `AWS:fake-token` in base64, as a login has it. */
export const AUTH = Buffer.from('AWS:fake-token').toString('base64');

/** What a server was asked for. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Server {
  readonly host: string;
  readonly origin: string;
  readonly seen: readonly Seen[];
}

/** A server on loopback that is gone after the test. */
export async function serve(answer: (request: Seen) => Answer): Promise<Server> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const { authorization, accept, 'content-type': contentType } = headers;
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const asked = { method, path, authorization, accept, contentType, body };
    seen.push(asked);
    const { status = 200, headers: sent = {}, body: text = '' } = answer(asked);
    response.writeHead(status, sent).end(text);
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  onTestFinished(() => stop(server));
  return { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}`, seen };
}

/** A client that is closed after the test. */
export function client(): Http {
  const http = openHttp();
  onTestFinished(() => http.close());
  return http;
}

/** The repository team/nginx of a server. */
export function repositoryAt({ host }: Pick<Server, 'host'>, repository = 'team/nginx'): RemoteRepository {
  return openRepository({ host, repository }, { auth: AUTH, http: client() });
}

/** Answers by `METHOD path`; what is not there is 404. */
export function routes(answers: Readonly<Record<string, Answer>>): (request: Seen) => Answer {
  return ({ method, path }) => answers[`${method} ${path}`] ?? { status: 404 };
}

/** The errors of a registry. Source: OCI distribution specification, error codes. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: JSON.stringify({ errors: [{ code, message }] }) };
}
