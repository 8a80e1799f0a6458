import type { ImageLocation } from './oci.ts';
import { pushBlob, pushManifest } from './oci-push.ts';

/** An image without layers, told from others by a label. */
export interface Note extends ImageLocation {
  readonly note: string;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Pushes such an image, as BuildKit would. @returns its digest */
export async function pushNote({ note, reference, ...location }: Note): Promise<string> {
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { note } } }));
  const digest = await pushBlob(location, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return pushManifest({ ...location, reference, mediaType: MANIFEST_TYPE, bytes });
}
