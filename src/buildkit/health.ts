import { connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';

/** A gRPC message without fields: not compressed, length zero. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * Asks a daemon whether it serves. Its socket accepts connections long before it does.
 * Source: gRPC health checking protocol, which buildkitd registers.
 * @param socket path of the daemon's Unix socket
 * @param timeout milliseconds to wait for the answer
 */
export function answers(socket: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect('http://localhost', { createConnection: () => connectSocket(socket) });
    const finish = (healthy: boolean) => {
      clearTimeout(timer);
      client.destroy();
      resolve(healthy);
    };
    const timer = setTimeout(finish, timeout, false);
    client.on('error', () => finish(false));
    const request = client.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
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
    request.end(EMPTY_MESSAGE);
  });
}
