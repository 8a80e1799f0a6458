import { call } from './grpc.ts';

/**
 * Asks a daemon whether it serves. Its socket accepts connections long before it does.
 * Source: gRPC health checking protocol, which buildkitd registers.
 * @param socket path of the daemon's Unix socket
 * @param timeout milliseconds to wait for the answer
 */
export function answers(socket: string, timeout: number): Promise<boolean> {
  return call({ socket, method: '/grpc.health.v1.Health/Check', timeout });
}
