import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { listen, stop } from './listen.ts';

/** A member of a tar; its content is for files only. */
export type Member = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** A gzipped tar with these members as they are given, in their order. */
export async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of members) {
    archive.entry({ mode: 0o755, mtime: new Date(0), ...header }, content ?? '');
  }
  archive.finalize();
  return gzipSync(await buffer(archive), { level: 1 });
}

/**
 * A gzipped tar of some kilobytes, with a member `big` of zeros after those of another one.
 * @param sixteens how many times 16 MiB it unpacks to
 */
export async function bombAfter(archive: Buffer, sixteens: number): Promise<Buffer> {
  const bytes = 1 << 24;
  const member = pack();
  member.entry({ name: 'big', size: sixteens * bytes, mtime: new Date(0) });
  const [header] = await once(member, 'data');
  // One gzip file after another unpacks to what is in all of them.
  return Buffer.concat([archive, gzipSync(header), ...Array(sixteens).fill(gzipSync(Buffer.alloc(bytes)))]);
}

export interface ServedArchive {
  readonly url: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  close(): Promise<void>;
}

/** Hands out an archive on loopback, under every path. */
export async function serveArchive(archive: Buffer): Promise<ServedArchive> {
  const server = createServer((_, response) => response.end(archive));
  return {
    url: `http://127.0.0.1:${await listen(server, { address: '127.0.0.1', port: 0 })}/archive.tar.gz`,
    sha256: createHash('sha256').update(archive).digest('hex'),
    close: () => stop(server),
  };
}
