import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Stands between clients and a server on loopback, as a network of some length does: what is sent arrives later.
 * @param options.roundTrip milliseconds
 * @returns its own host, such as `127.0.0.1:40123`
 */
export async function startRelay(options: {
  readonly target: () => string;
  readonly roundTrip: number;
}): Promise<{ readonly host: string; close(): void }> {
  const { target, roundTrip } = options;
  const server = createServer((client) => {
    const [host = '', port = ''] = target().split(':');
    const upstream = connect({ host, port: Number(port) });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => setTimeout(() => to.writable && to.write(chunk), roundTrip / 2));
      from.on('end', () => setTimeout(() => to.end(), roundTrip / 2));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}
