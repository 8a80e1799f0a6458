import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Needle, needlesOf } from './secret-forms.ts';

/** A place that holds a secret, in one form. */
export interface Finding {
  readonly place: string;
  readonly secret: string;
  readonly form: string;
}

/** Looks for some secrets everywhere, in each form that `secret-forms.ts` knows. */
export interface SecretSearch {
  /** In some texts, by what the test calls them. */
  inTexts(texts: Readonly<Record<string, string | Uint8Array>>): Finding[];
  /**
   * In every file at or below some paths, also in what is compressed there, in names of files and in what links lead to. What is
   * not there is passed over.
   */
  inFiles(paths: readonly string[]): Promise<Finding[]>;
}

/** @param secrets by what the test calls them; random, so that whatever is found is of this test */
export function openSecretSearch(secrets: Readonly<Record<string, string>>): SecretSearch {
  const find = finder(needlesOf(secrets));
  const inBytes = (place: string, bytes: Uint8Array) => {
    const found = new Map(find(bytes).map(({ secret, form }) => [`${secret} ${form}`, { place, secret, form }]));
    return [...found.values()];
  };
  const inFile = async (path: string): Promise<Finding[]> => {
    const content = await contentOf(path);
    return [...inBytes(path, Buffer.from(path)), ...content.flatMap((bytes) => inBytes(path, bytes))];
  };
  const inFiles = async (paths: readonly string[]): Promise<Finding[]> => {
    const found: Finding[] = [];
    for (const path of paths) {
      const names = await readdir(path, { recursive: true }).catch(() => []);
      for (const file of [path, ...names.map((name) => join(path, name))]) {
        found.push(...(await inFile(file)));
      }
    }
    return found;
  };
  return {
    inTexts: (texts) => Object.entries(texts).flatMap(([place, text]) => inBytes(place, Buffer.from(text))),
    inFiles,
  };
}

/** One pass over the bytes, however many needles there are: their first three bytes say where one could begin. */
function finder(needles: readonly Needle[]): (bytes: Uint8Array) => Needle[] {
  const marked = new Uint8Array(1 << 24);
  const byStart = Map.groupBy(needles, ({ bytes }) => bytes.readUIntLE(0, 3));
  for (const start of byStart.keys()) {
    marked[start] = 1;
  }
  return (haystack) => {
    const found: Needle[] = [];
    const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length);
    let start = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      start = (start >>> 8) | ((bytes[index] ?? 0) << 16);
      if (index >= 2 && marked[start] === 1) {
        const begin = index - 2;
        const there = byStart
          .get(start)
          ?.filter((one) => bytes.subarray(begin, begin + one.bytes.length).equals(one.bytes));
        found.push(...(there ?? []));
      }
    }
    return found;
  };
}

/** What a file holds, as it is and unpacked; of a link, where it leads to. */
async function contentOf(path: string): Promise<Uint8Array[]> {
  try {
    const entry = await lstat(path);
    if (entry.isSymbolicLink()) {
      return [Buffer.from(await readlink(path))];
    }
    const bytes = entry.isFile() ? await readFile(path) : Buffer.alloc(0);
    return [bytes, ...unpack(bytes)];
  } catch {
    // It has gone meanwhile.
    return [];
  }
}

function unpack(bytes: Buffer): Uint8Array[] {
  try {
    if (bytes.length > 4 && bytes.readUInt16BE(0) === 0x1f8b) {
      return [gunzipSync(bytes)];
    }
    return bytes.length > 4 && bytes.readUInt32BE(0) === 0x28b52ffd ? [zstdDecompressSync(bytes)] : [];
  } catch {
    // It only begins like one.
    return [];
  }
}
