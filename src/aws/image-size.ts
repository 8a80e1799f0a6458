import { at, numberAt, parseJson, textAt } from '../json.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { openEcr, readManifests } from './ecr.ts';
import type { Registries } from './login.ts';

/**
 * The size of an image as a registry stores it: configuration and compressed layers, of all its platforms.
 * @returns bytes, or undefined when the registry does not tell
 */
export async function readImageSize(options: {
  readonly registries: Registries;
  readonly host: string;
  readonly repository: string;
  readonly digest: string;
}): Promise<number | undefined> {
  const { registries, host, repository, digest } = options;
  const { account, region = registries.region } = parseEcrHost(host) ?? {};
  const image = { client: openEcr({ region, credentials: registries.credentials }), account, repository };
  const [manifest] = await readManifests({ ...image, digests: [digest] });
  if (manifest === undefined) {
    return undefined;
  }
  const children = entriesAt(manifest, 'manifests').flatMap((entry) => textAt(entry, 'digest') ?? []);
  const manifests = children.length === 0 ? [manifest] : await readManifests({ ...image, digests: children });
  return manifests.map(sizeOf).reduce((sum, size) => sum + size, 0);
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
