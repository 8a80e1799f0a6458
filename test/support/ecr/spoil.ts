import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

/**
 * What becomes of an answer on its way, after what was asked for has been done. `truncated`: half of the body, then the connection
 * ends. `stalled`: half of the body, then nothing, for as long as the client waits. `altered`: as many bytes as announced, one of
 * them another. An answer without a body arrives as it is. `lost`: in place of the answer the connection is reset.
 */
export type Spoil = 'truncated' | 'stalled' | 'altered' | 'lost' | { readonly slowMs: number };

/** Ends a connection without a word. With TLS there is no other way than to close it. */
export function resetConnection(socket: Socket | null): void {
  if (socket instanceof TLSSocket) {
    socket.destroy();
  } else {
    socket?.resetAndDestroy();
  }
}

/** Collects what is answered, and sends it as it is spoiled. */
export function spoilAnswer(response: ServerResponse, spoil: Spoil): void {
  const [writeHead, end] = [response.writeHead.bind(response), response.end.bind(response)];
  const send = response.write.bind(response);
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
      chunks.push(Buffer.from(chunk));
    }
  };
  let status = 200;
  let given: OutgoingHttpHeaders = {};
  response.writeHead = (code: number, ...rest: readonly unknown[]) => {
    status = code;
    given = { ...Object(rest.at(-1)) };
    return response;
  };
  response.write = (chunk: unknown) => {
    collect(chunk);
    return true;
  };
  response.end = (chunk?: unknown) => {
    collect(chunk);
    const body = Buffer.concat(chunks);
    if (spoil === 'lost') {
      resetConnection(response.socket);
    } else if (body.length === 0) {
      writeHead(status, given);
      end();
    } else {
      const { 'transfer-encoding': _, ...headers } = given;
      writeHead(status, { ...headers, 'content-length': body.length });
      void sendSpoiled(body, { spoil, send, end, cut: () => response.destroy() });
    }
    return response;
  };
}

interface Sending {
  readonly spoil: Exclude<Spoil, 'lost'>;
  readonly send: (bytes: Buffer, sent?: () => void) => boolean;
  readonly end: (bytes?: Buffer) => unknown;
  readonly cut: () => void;
}

async function sendSpoiled(body: Buffer, { spoil, send, end, cut }: Sending): Promise<void> {
  const half = Math.floor(body.length / 2);
  if (spoil === 'altered') {
    body[half] = (body[half] ?? 0) ^ 1;
    end(body);
  } else if (spoil === 'truncated') {
    send(body.subarray(0, half), cut);
  } else if (spoil === 'stalled') {
    send(body.subarray(0, half));
  } else {
    for (let part = 0; part < PARTS; part += 1) {
      send(body.subarray((body.length * part) / PARTS, (body.length * (part + 1)) / PARTS));
      await sleep(spoil.slowMs / PARTS);
    }
    end();
  }
}

/** How many pieces a slow body comes in. */
const PARTS = 10;
