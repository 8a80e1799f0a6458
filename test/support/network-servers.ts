import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';

/** Answers HTTP at each address that is given as `address port`, until it is ended. Prints a line when all listen. */
const [, , ...pairs] = process.argv;

await Promise.all(
  pairs.map((pair) => {
    const [host = '', port = ''] = pair.split(' ');
    const server = createServer((_, response) => response.end(`answer of ${isIPv6(host) ? `[${host}]` : host}\n`));
    return new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port: Number(port) }, resolve);
    });
  }),
);
console.log('ready');
