import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Address, listen, stop } from '../listen.ts';

/** An address of loopback that the stand-in answers at. */
export interface Listener {
  /** For example "127.0.0.1:40123". */
  readonly host: string;
  /** Without it, connections wait. */
  answerBy(answer: Answerer): void;
  close(): Promise<void>;
}

/** Answers a request. What it throws ends the request as a failure of the stand-in. */
export type Answerer = (...exchange: Parameters<RequestListener>) => Promise<void>;

/** PEM texts of a server's certificate. */
export interface TlsKeys {
  readonly key: string;
  readonly cert: string;
}

/** Listens on a free port of loopback, or where it is told to, with TLS when there are keys for it. */
export async function openListener({ address, port }: Address = ANY_PORT, tls?: TlsKeys): Promise<Listener> {
  const server: Server = tls === undefined ? createServer() : createTlsServer({ key: tls.key, cert: tls.cert });
  const host = `${address}:${await listen(server, { address, port })}`;
  return {
    host,
    answerBy: (answer) => {
      server.on('request', (request, response) => {
        answer(request, response).catch((error: unknown) => {
          if (response.headersSent || response.destroyed) {
            // The client went away, or the real registry did in the middle of its answer.
            request.socket.destroy();
            return;
          }
          response.writeHead(500, { 'content-type': 'text/plain' }).end(`The stand-in for ECR failed: ${error}`);
        });
      });
    },
    close: () => stop(server),
  };
}

const ANY_PORT = { address: '127.0.0.1', port: 0 } as const;
