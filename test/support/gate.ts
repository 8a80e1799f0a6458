import { createServer, type ServerResponse } from 'node:http';
import { listen, stop } from './listen.ts';

/** Holds a step of a build where it is until the test has looked around. */
export interface Gate {
  /** A shell command that ends when the gate is open. It needs a daemon whose steps have the network of the machine. */
  readonly command: string;
  /** Settles when somebody stands before it, however long that takes: whoever waits looks after what should get there, too. */
  readonly reached: Promise<void>;
  open(): void;
  close(): Promise<void>;
}

export async function openGate(): Promise<Gate> {
  const waiting: ServerResponse[] = [];
  let isOpen = false;
  const { promise: reached, resolve: arrive } = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    waiting.push(response);
    arrive();
    if (isOpen) {
      response.end();
    }
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  const open = () => {
    isOpen = true;
    for (const response of waiting) {
      response.end();
    }
  };
  return {
    command: `wget -q -O /dev/null http://127.0.0.1:${port}/`,
    reached,
    open,
    close: async () => {
      open();
      await stop(server);
    },
  };
}
