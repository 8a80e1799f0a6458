import { connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';

export interface Call {
  /** Path of a Unix socket. */
  readonly socket: string;
  /** `/package.Service/Method` */
  readonly method: string;
  /** In the encoding of protocol buffers; empty: without fields. */
  readonly message?: Buffer;
  /** Milliseconds to wait for the answer. */
  readonly timeout: number;
}

/**
 * Makes one call of gRPC whose answer has nothing that anybody asks for.
 * Source: gRPC over HTTP2, "Requests" and "Responses".
 * @returns whether it was answered as done
 */
export function call({ socket, method, message = Buffer.alloc(0), timeout }: Call): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect('http://localhost', { createConnection: () => connectSocket(socket) });
    const finish = (done: boolean) => {
      clearTimeout(timer);
      client.destroy();
      resolve(done);
    };
    const timer = setTimeout(finish, timeout, false);
    client.on('error', () => finish(false));
    const request = client.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    request.on('error', () => finish(false));
    request.on('trailers', (trailers) => finish(trailers['grpc-status'] === '0'));
    request.on('response', (headers) => {
      if (headers['grpc-status'] !== undefined) {
        finish(headers['grpc-status'] === '0');
      }
    });
    request.resume();
    // Not compressed, and how long it is.
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    request.end(Buffer.concat([head, message]));
  });
}
