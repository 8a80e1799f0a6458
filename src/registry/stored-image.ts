import { configOf, type Descriptor, entriesOf, layersOf, platformDigests } from '../plan/manifest.ts';
import type { Manifest, RemoteRepository } from './repository.ts';

/** An image as a registry stores it, all of its platforms together. */
export interface StoredImage {
  /** Bytes of configurations and compressed layers. */
  readonly size: number;
  /** Whether a layer is not compressed with gzip. */
  readonly hasOtherThanGzip: boolean;
  /** Digest of each platform; empty when it is no index. */
  readonly platforms: ReadonlyMap<string, string>;
  /** Bytes of the image of each platform, by its digest. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Bytes of each configuration and layer, by its digest. */
  readonly blobs: ReadonlyMap<string, number>;
}

/**
 * Reads back what was pushed.
 * @param reference tag or digest
 * @returns undefined when it is not there
 */
export async function readStoredImage(
  repository: RemoteRepository,
  reference: string,
): Promise<StoredImage | undefined> {
  const manifest = await repository.manifest(reference);
  if (manifest === undefined) {
    return undefined;
  }
  const entries = entriesOf(manifest.text);
  const children = await Promise.all(entries.map(({ digest }) => repository.manifest(digest)));
  const manifests = entries.length === 0 ? [manifest] : children.filter((child) => child !== undefined);
  return {
    size: manifests.map(sizeOf).reduce((sum, size) => sum + size, 0),
    hasOtherThanGzip: manifests.some(({ text }) => layersOf(text).some(isOtherThanGzip)),
    platforms: platformDigests(entries),
    sizes: new Map(manifests.map((image) => [image.digest, sizeOf(image)])),
    blobs: new Map(manifests.flatMap(blobsOf).map((blob) => [blob.digest, blob.size])),
  };
}

/** Layers of attestations are no tarballs and do not count. */
function isOtherThanGzip({ mediaType }: Descriptor): boolean {
  return /[.]tar(?:[+.]zstd)?$/.test(mediaType);
}

/** Bytes of what a manifest refers to. Source: OCI image specification, image manifest. */
function sizeOf({ text }: Manifest): number {
  return blobsOf({ text })
    .map(({ size }) => size)
    .reduce((sum, size) => sum + size, 0);
}

function blobsOf({ text }: Pick<Manifest, 'text'>): Descriptor[] {
  return [configOf(text), ...layersOf(text)].filter((blob) => blob !== undefined);
}
