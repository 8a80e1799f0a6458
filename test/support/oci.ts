import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { at, parseJson, textAt } from '../../src/json.ts';

/** Where something is in a registry. */
export interface Location {
  /** For example "http://127.0.0.1:40123". */
  readonly registryUrl: string;
  readonly repository: string;
  /** Value of the Authorization header, for a registry that wants one. */
  readonly authorization?: string;
}

export interface ImageLocation extends Location {
  /** A tag or a digest. */
  readonly reference: string;
}

export interface Manifest {
  readonly bytes: Buffer;
  /** Computed here from the bytes, not what the registry claims. */
  readonly digest: string;
  readonly mediaType: string;
  readonly json: unknown;
}

/** An answer of a registry that is not what was asked for. */
export class RegistryError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'RegistryError';
    this.status = status;
  }
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;

/** "sha256:" and the hash of some bytes in lower-case hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Reads a manifest or index as it is stored.
 * @throws RegistryError, with status 404 when there is none
 */
export async function readManifest({ reference, ...location }: ImageLocation): Promise<Manifest> {
  const response = await get(location, `manifests/${reference}`, MANIFEST_TYPES.join(', '));
  const bytes = Buffer.from(await response.arrayBuffer());
  const mediaType = response.headers.get('content-type') ?? '';
  return { bytes, digest: digestOf(bytes), mediaType, json: parseJson(bytes.toString()) };
}

/** The tags of a repository in alphabetical order; none when nothing was ever pushed to it. */
export async function listTags(location: Location): Promise<string[]> {
  try {
    const tags = at(parseJson(await (await get(location, 'tags/list')).text()), 'tags');
    return Array.isArray(tags) ? tags.map(String).sort() : [];
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) {
      return [];
    }
    throw error;
  }
}

/** The configuration of an image: its environment, command, labels and history. */
export async function readConfig(image: ImageLocation): Promise<unknown> {
  const { json } = await readManifest(image);
  return parseJson((await readBlob(image, textAt(json, 'config', 'digest') ?? '')).toString());
}

/**
 * The bytes of a blob, checked against its digest.
 * @throws RegistryError, with status 404 when there is none
 */
export async function readBlob(location: Location, digest: string): Promise<Buffer> {
  const response = await get(location, `blobs/${digest}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (digestOf(bytes) !== digest) {
    throw new Error(`The registry answered ${digestOf(bytes)} for ${digest}`);
  }
  return bytes;
}

export interface LayerFileOptions extends ImageLocation {
  /** Path in the image, absolute or relative to its root. */
  readonly path: string;
}

/**
 * The text of a regular file as a container of this image would see it: in the topmost layer that has it.
 * @returns undefined when no layer has it, or when a layer deleted it
 */
export async function readLayerFile({ path, ...image }: LayerFileOptions): Promise<string | undefined> {
  const wanted = normalize(path);
  const { json } = await readManifest(image);
  const layers = at(json, 'layers');
  for (const layer of Array.isArray(layers) ? layers.reverse() : []) {
    const blob = await readBlob(image, textAt(layer, 'digest') ?? '');
    const found = await findInLayer(decompress(blob), wanted);
    if (found !== undefined) {
      return found.text;
    }
  }
  return undefined;
}

async function findInLayer(tar: Buffer, wanted: string): Promise<{ readonly text: string | undefined } | undefined> {
  const deletions = whiteoutsOf(wanted);
  const entries = extract();
  entries.end(tar);
  let deleted = false;
  for await (const entry of entries) {
    const name = normalize(entry.header.name);
    if (name === wanted && entry.header.type === 'file') {
      return { text: await text(entry) };
    }
    deleted ||= deletions.has(name);
    entry.resume();
  }
  return deleted ? { text: undefined } : undefined;
}

/** The marks by which a layer deletes a path or hides what lower layers had above it (OCI image specification, "Whiteouts"). */
function whiteoutsOf(path: string): ReadonlySet<string> {
  const parts = path.split('/');
  return new Set(
    parts.flatMap((part, index) => {
      const parent = parts
        .slice(0, index)
        .map((name) => `${name}/`)
        .join('');
      return [`${parent}.wh.${part}`, `${parent}.wh..wh..opq`];
    }),
  );
}

function normalize(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/$/, '');
}

function decompress(blob: Buffer): Buffer {
  if (blob.readUInt16BE(0) === 0x1f8b) {
    return gunzipSync(blob);
  }
  return blob.readUInt32BE(0) === 0x28b52ffd ? zstdDecompressSync(blob) : blob;
}

async function get(
  { registryUrl, repository, authorization }: Location,
  rest: string,
  accept = '*/*',
): Promise<Response> {
  const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(`${registryUrl}/v2/${repository}/${rest}`, { headers });
  if (!response.ok) {
    throw new RegistryError(`GET ${repository}/${rest}: ${response.status} ${await response.text()}`, response.status);
  }
  return response;
}
