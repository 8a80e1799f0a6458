import { at, numberAt, parseJson, textAt } from '../json.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { openEcr, readManifests } from './ecr.ts';
import type { Registries } from './login.ts';

/** An image as a registry stores it, all of its platforms together. */
export interface StoredImage {
  /** Bytes of configurations and compressed layers. */
  readonly size: number;
  /** Whether a layer is not compressed with gzip. */
  readonly hasOtherThanGzip: boolean;
}

/**
 * Reads back what was pushed.
 * @param name `host/repository@sha256:…`
 * @returns undefined when the registry does not tell
 */
export async function readStoredImage(name: string, registries: Registries): Promise<StoredImage | undefined> {
  const {
    host = '',
    repository = '',
    digest = '',
  } = /^(?<host>[^/]+)\/(?<repository>[^@]+)@(?<digest>.+)$/.exec(name)?.groups ?? {};
  const { account, region = registries.region } = parseEcrHost(host) ?? {};
  const image = { client: openEcr({ region, credentials: registries.credentials }), account, repository };
  const [manifest] = await readManifests({ ...image, digests: [digest] });
  if (manifest === undefined) {
    return undefined;
  }
  const children = entriesAt(manifest, 'manifests').flatMap((entry) => textAt(entry, 'digest') ?? []);
  const manifests = children.length === 0 ? [manifest] : await readManifests({ ...image, digests: children });
  return {
    size: manifests.map(sizeOf).reduce((sum, size) => sum + size, 0),
    hasOtherThanGzip: manifests.some(hasOtherThanGzip),
  };
}

/** Layers of attestations are no tarballs and do not count. */
function hasOtherThanGzip(manifest: string): boolean {
  return entriesAt(manifest, 'layers').some((layer) => /[.]tar(?:[+.]zstd)?$/.test(textAt(layer, 'mediaType') ?? ''));
}

/** Bytes of what a manifest refers to. Source: OCI image specification, image manifest. */
export function sizeOf(manifest: string): number {
  const blobs = [at(parseJson(manifest), 'config'), ...entriesAt(manifest, 'layers')];
  return blobs.map((blob) => numberAt(blob, 'size') ?? 0).reduce((sum, size) => sum + size, 0);
}

function entriesAt(manifest: string, key: string): unknown[] {
  const entries = at(parseJson(manifest), key);
  return Array.isArray(entries) ? entries : [];
}
