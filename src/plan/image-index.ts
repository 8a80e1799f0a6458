import { Failure } from '../failure.ts';
import { type Annotation, misplaced } from './annotations.ts';
import { goJson } from './go-json.ts';
import {
  type Annotations,
  type Descriptor,
  DOCKER_LIST,
  isAttestation,
  OCI_INDEX,
  platformDigests,
} from './manifest.ts';
import { formatPlatform, normalizePlatform, type Platform } from './platforms.ts';

/** One of the things that are joined, as the registry has it. */
export interface Part {
  /** As the user knows it. */
  readonly name: string;
  /** Images, each with the platform of its configuration, and attestations. */
  readonly entries: readonly Descriptor[];
  /** Of the part itself, when it is an index. */
  readonly annotations: Annotations;
}

export interface ImageIndex {
  readonly mediaType: string;
  /** As it is stored, byte for byte what BuildKit writes from one build of the same images. */
  readonly text: string;
  /** Digest of each platform, such as `linux/arm/v7`. */
  readonly platforms: ReadonlyMap<string, string>;
}

/**
 * Joins parts into one index: images in the order of the parts, then the attestations of them.
 * An annotation that parts give different values is left out: it tells of none but its own part.
 * @param options.ordered false: the order of the parts means nothing, and that of their platforms is taken
 * @param options.added annotations of the index (also those without a place), or of the descriptors of its images
 * @throws Failure `part-duplicate`, `annotation-misplaced`
 */
export function joinParts(
  parts: readonly Part[],
  { added, ordered }: { readonly added: readonly Annotation[]; readonly ordered: boolean },
): ImageIndex {
  const sorted = ordered ? parts : parts.toSorted((a, b) => (platformOfPart(a) < platformOfPart(b) ? -1 : 1));
  const images = distinct(sorted.flatMap(({ entries }) => entries.filter((entry) => !isAttestation(entry))));
  const attestations = distinct(sorted.flatMap(({ entries }) => entries.filter(isAttestation)));
  checkPlatformsOf(parts);
  const platforms = platformDigests(images);
  const mediaType = images.every((image) => image.mediaType.includes('docker')) ? DOCKER_LIST : OCI_INDEX;
  checkAdded(added, { platforms: [...platforms.keys()], mediaType });
  const described = images.map((image) => ({
    ...image,
    annotations: { ...image.annotations, ...ofImage(image, added) },
  }));
  const annotations = {
    ...agreed(parts.map((part) => part.annotations)),
    ...toAnnotations(added.filter(({ level }) => level === undefined || level === 'index')),
  };
  const index = {
    schemaVersion: 2,
    mediaType,
    manifests: [...described, ...attestations].map(inOrder),
    ...withAnnotations(annotations),
  };
  return { mediaType, text: goJson(index), platforms };
}

function platformOfPart({ entries }: Part): string {
  const platform = entries.find((entry) => !isAttestation(entry))?.platform;
  return platform === undefined ? '' : formatPlatform(platform);
}

function checkPlatformsOf(parts: readonly Part[]): void {
  const named = parts.flatMap(({ name, entries }) =>
    entries.flatMap(({ digest, platform }) =>
      platform === undefined || platform.os === 'unknown'
        ? []
        : [{ name, digest, platform: formatPlatform(platform), version: platform['os.version'] }],
    ),
  );
  for (const { name, digest, platform, version } of named) {
    // Windows has an image for each of its versions.
    const other = named.find(
      (entry) => entry.platform === platform && entry.version === version && entry.digest !== digest,
    );
    if (other !== undefined) {
      throw new Failure({
        code: 'part-duplicate',
        message: `Two parts are ${platform}: ${name} (${digest}) and ${other.name} (${other.digest}).`,
        hint: 'An index has each platform once: build every leg for its own platform, or leave one of the two out.',
      });
    }
  }
}

/**
 * A merge writes an index, and no manifest.
 * @throws Failure `annotation-misplaced`
 */
export function checkMergeAnnotations(added: readonly Annotation[]): void {
  const level = added
    .map((annotation) => annotation.level)
    .find((name) => name === 'manifest' || name === 'index-descriptor');
  if (level !== undefined) {
    throw misplaced(
      `one is for ${level}, which a merge does not write`,
      'Use index:KEY=VALUE or manifest-descriptor:KEY=VALUE; annotations of a manifest belong to the build of its leg.',
    );
  }
}

function checkAdded(
  added: readonly Annotation[],
  { platforms, mediaType }: { platforms: readonly string[]; mediaType: string },
): void {
  const foreign = added.find(({ platform }) => platform !== undefined && !platforms.includes(platform))?.platform;
  if (foreign !== undefined) {
    throw misplaced(`one is for ${foreign}, and no part is`, `The parts are ${platforms.join(', ')}.`);
  }
  if (added.length > 0 && mediaType === DOCKER_LIST) {
    throw misplaced(
      'the parts have the media types of Docker, whose lists have none',
      'Build the legs with mediaTypes: oci.',
    );
  }
}

function ofImage({ platform }: Descriptor, added: readonly Annotation[]): Annotations {
  const own = platform && formatPlatform(platform);
  return toAnnotations(
    added.filter(
      (annotation) =>
        annotation.level === 'manifest-descriptor' &&
        (annotation.platform === undefined || annotation.platform === own),
    ),
  );
}

function toAnnotations(added: readonly Annotation[]): Annotations {
  return Object.fromEntries(added.map(({ key, value }) => [key, value]));
}

/** What all parts that name a key say of it. */
function agreed(all: readonly Annotations[]): Annotations {
  const entries = all.flatMap((annotations) => Object.entries(annotations));
  return Object.fromEntries(
    entries.filter(([key, value]) => entries.every(([name, other]) => name !== key || other === value)),
  );
}

function distinct(entries: readonly Descriptor[]): Descriptor[] {
  const digests = entries.map(({ digest }) => digest);
  return entries.filter(({ digest }, index) => digests.indexOf(digest) === index);
}

/** The order of keys in Go's structures, which BuildKit writes. Source: OCI image-spec, specs-go/v1. */
function inOrder({ mediaType, digest, size, annotations = {}, platform, artifactType }: Descriptor) {
  return {
    mediaType,
    digest,
    size,
    ...withAnnotations(annotations),
    ...(platform === undefined ? {} : { platform: orderedPlatform(platform) }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function orderedPlatform(platform: Platform): Platform {
  const { architecture, os, variant, ...rest } = normalizePlatform(platform);
  return { architecture, os, ...rest, ...(variant === undefined ? {} : { variant }) };
}

function withAnnotations(annotations: Annotations): { annotations?: ReadonlyMap<string, string> } {
  const entries = Object.entries(annotations);
  return entries.length === 0 ? {} : { annotations: new Map(entries) };
}
