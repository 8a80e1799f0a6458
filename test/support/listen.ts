import type { Server } from 'node:http';
import type { Server as TcpServer } from 'node:net';

export interface Address {
  readonly address: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
}

/**
 * Makes a server listen, on loopback only.
 * @returns the port it listens on
 */
export async function listen(server: TcpServer, { address, port }: Address): Promise<number> {
  if (!address.startsWith('127.')) {
    throw new Error(`Test servers listen on loopback only, not on ${address}`);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') {
    throw new Error('A TCP server has a port');
  }
  return bound.port;
}

/** Stops a server at once: clients that keep a connection open would hold it up otherwise. */
export async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
