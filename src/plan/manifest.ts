import { at, numberAt, parseJson, textAt } from '../json.ts';
import { formatPlatform, type Platform } from './platforms.ts';

/** What a manifest or an index points to. Source: OCI image specification, content descriptors. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Annotations;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

export type Annotations = Readonly<Record<string, string>>;

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** Media types of all that a tag can name. Source: OCI image specification; Docker image manifest v2.2. */
export const MANIFEST_TYPES = [
  OCI_INDEX,
  'application/vnd.oci.image.manifest.v1+json',
  DOCKER_LIST,
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Whether a media type is that of a list of manifests. */
export function isIndex(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** What an index lists; empty for a manifest. */
export function entriesOf(index: string): Descriptor[] {
  return descriptorsAt(index, 'manifests');
}

/** The images that an index lists, without what tells of them; empty for a manifest. */
export function imagesOf(index: string): Descriptor[] {
  return entriesOf(index).filter((entry) => !isAttestation(entry));
}

/** Annotations of a manifest or index itself. */
export function annotationsOf(manifest: string): Annotations {
  return textsIn(at(parseJson(manifest), 'annotations'));
}

/** The configuration of an image. */
export function configOf(manifest: string): Descriptor | undefined {
  return toDescriptor(at(parseJson(manifest), 'config'));
}

/** The layers of an image, or the statements of an attestation; empty for an index. */
export function layersOf(manifest: string): Descriptor[] {
  return descriptorsAt(manifest, 'layers');
}

/**
 * Whether an entry of an index tells of an image rather than being one.
 * Source: BuildKit, docs/attestations/attestation-storage.md.
 */
export function isAttestation({ annotations = {}, platform }: Descriptor): boolean {
  return 'vnd.docker.reference.type' in annotations || platform?.os === 'unknown';
}

/** The digest of each platform among the entries of an index; attestations have none. */
export function platformDigests(entries: readonly Descriptor[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap((entry) =>
      entry.platform === undefined || isAttestation(entry)
        ? []
        : [[formatPlatform(entry.platform), entry.digest] as const],
    ),
  );
}

/**
 * The platform that an image's configuration names.
 * @returns undefined when it is no configuration of an image
 */
export function platformOf(config: string): Platform | undefined {
  try {
    return toPlatform(parseJson(config));
  } catch {
    return undefined;
  }
}

function descriptorsAt(text: string, key: string): Descriptor[] {
  const entries = at(parseJson(text), key);
  return Array.isArray(entries) ? entries.flatMap((entry) => toDescriptor(entry) ?? []) : [];
}

function toDescriptor(value: unknown): Descriptor | undefined {
  const digest = textAt(value, 'digest');
  if (digest === undefined) {
    return undefined;
  }
  const annotations = textsIn(at(value, 'annotations'));
  const platform = toPlatform(at(value, 'platform'));
  const artifactType = textAt(value, 'artifactType');
  return {
    mediaType: textAt(value, 'mediaType') ?? '',
    digest,
    size: numberAt(value, 'size') ?? 0,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function toPlatform(value: unknown): Platform | undefined {
  const architecture = textAt(value, 'architecture');
  const os = textAt(value, 'os');
  if (!architecture || !os) {
    return undefined;
  }
  const version = textAt(value, 'os.version');
  const features = at(value, 'os.features');
  const variant = textAt(value, 'variant');
  return {
    architecture,
    os,
    ...(version ? { 'os.version': version } : {}),
    ...(Array.isArray(features) && features.length > 0
      ? { 'os.features': features.filter((feature) => typeof feature === 'string') }
      : {}),
    ...(variant ? { variant } : {}),
  };
}

function textsIn(value: unknown): Annotations {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
