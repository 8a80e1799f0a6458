import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

/** Bytes that an archive may unpack to, members that nobody asks for included. That of BuildKit v0.32.2 is 93 MB when it is packed. */
const MOST_BYTES = 1 << 30;

/** Bytes that are read or unpacked at a time: with Node's own, smaller numbers it takes twice as long. */
const CHUNK = 1 << 18;

/**
 * Writes members of a gzipped tar to the places that they are given, and nothing else: no name, link, owner or mode of the
 * archive has a say in where or how. So it does not matter which tar the machine has, or what that one believes.
 * @param members path to write by the exact name in the archive; nothing may be there
 * @returns the names that were there
 * @throws Error when one is there twice or is no plain file, when all together is more than 1 GiB, and when the archive is damaged
 */
export async function unpackMembers(file: string, members: ReadonlyMap<string, string>): Promise<ReadonlySet<string>> {
  const archive = extract();
  const found = new Set<string>();
  const reading = pipeline(
    createReadStream(file, { highWaterMark: CHUNK }),
    createGunzip({ chunkSize: CHUNK }),
    atMost(MOST_BYTES),
    archive,
  );
  const writing = async () => {
    for await (const entry of archive) {
      const { name } = entry.header;
      const path = members.get(name);
      if (path === undefined) {
        entry.resume();
        continue;
      }
      checkMember(entry.header, found);
      found.add(name);
      await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o755 }));
    }
  };
  await Promise.all([reading, writing()]);
  return found;
}

function checkMember({ name, type }: Header, found: ReadonlySet<string>): void {
  if (type !== 'file') {
    throw new Error(`${name} is not a plain file (${type ?? 'of unknown type'})`);
  }
  if (found.has(name)) {
    throw new Error(`${name} is there twice`);
  }
}

/** Ends a stream that grows beyond a number of bytes: a small file may unpack to more than a disk has. */
function atMost(bytes: number) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sum = 0;
    for await (const chunk of chunks) {
      sum += chunk.byteLength;
      if (sum > bytes) {
        throw new Error(`it unpacks to more than ${bytes / (1 << 20)} MiB`);
      }
      yield chunk;
    }
  };
}
