import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { listen, stop } from './listen.ts';
import { type ArchiveOptions, releaseArchive, sha256OfFile } from './release-archive.ts';

/**
 * What is wrong with what is served:
 * - missing: 404
 * - truncated: the connection is cut before Content-Length is reached
 * - short: only the first half of the archive, announced as if it were all of it
 * - corrupt: a complete gzip file with other bytes in it
 * - notar: status 200 and a page of HTML, as a proxy that wants a login answers
 */
export type ReleaseFault = 'missing' | 'truncated' | 'short' | 'corrupt' | 'notar';

export interface ReleaseServer {
  /** Template of the address of a good archive, with {version}, {os} and {arch} in it. */
  readonly downloadUrl: string;
  /** The same for an archive that something is wrong with. */
  faultyUrl(fault: ReleaseFault): string;
  /** Hash of the good archive in lower-case hexadecimal digits. It is the same for every version and platform. */
  readonly sha256: string;
  /** Bytes of the good archive. */
  readonly size: number;
  /** The paths that were asked for, oldest first. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface ReleaseServerOptions extends ArchiveOptions {
  /** How long every answer is held back, for tests of what happens meanwhile. Default: 0 */
  readonly delayMs?: number;
}

const PATH = /^(?:\/([a-z]+))?\/(v[^/]+)\/buildkit-\2\.[a-z0-9]+-[a-z0-9-]+\.tar\.gz$/;
const TEMPLATE = '{version}/buildkit-{version}.{os}-{arch}.tar.gz';

/** Starts a server on loopback that hands out releases of BuildKit, made of the programs of the toolchain. */
export async function startReleaseServer({ delayMs = 0, ...options }: ReleaseServerOptions): Promise<ReleaseServer> {
  const archive = await releaseArchive(options);
  const { size } = statSync(archive);
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    await sleep(delayMs);
    const [match, fault] = PATH.exec(path.replace(/\?.*/, '')) ?? [];
    const answer = match === undefined ? ANSWERS.missing : ANSWERS[fault ?? 'good'];
    // A client that goes away in the middle is none of the server's business.
    await (answer ?? ANSWERS.missing)?.({ response, archive, size }).catch(() => response.destroy());
  });
  const url = `http://127.0.0.1:${await listen(server, { address: '127.0.0.1', port: 0 })}`;
  return {
    downloadUrl: `${url}/${TEMPLATE}`,
    faultyUrl: (fault) => `${url}/${fault}/${TEMPLATE}`,
    sha256: await sha256OfFile(archive),
    size,
    requests,
    close: () => stop(server),
  };
}

interface Download {
  readonly response: ServerResponse;
  readonly archive: string;
  readonly size: number;
}

const GZIP = { 'content-type': 'application/gzip' } as const;

const ANSWERS: Readonly<Record<string, (download: Download) => Promise<void>>> = {
  good: async ({ response, archive, size }) => {
    response.writeHead(200, { ...GZIP, 'content-length': size });
    await pipeline(createReadStream(archive), response);
  },
  missing: async ({ response }) => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found');
  },
  truncated: async ({ response, archive, size }) => {
    response.writeHead(200, { ...GZIP, 'content-length': size });
    await pipeline(createReadStream(archive, { end: Math.floor(size / 2) }), response, { end: false });
    response.destroy();
  },
  short: async ({ response, archive, size }) => {
    const half = Math.floor(size / 2);
    response.writeHead(200, { ...GZIP, 'content-length': half });
    await pipeline(createReadStream(archive, { end: half - 1 }), response);
  },
  corrupt: async ({ response }) => {
    const bytes = gzipSync('These are not the programs that were published.\n'.repeat(1000));
    response.writeHead(200, { ...GZIP, 'content-length': bytes.length }).end(bytes);
  },
  notar: async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please sign in</body></html>\n');
  },
};
