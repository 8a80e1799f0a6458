import type { BuildResult } from './buildkit/build.ts';
import { withMessage } from './buildkit/failed-build.ts';
import { outputOf } from './buildkit/output.ts';
import { isCancellation } from './cancellation.ts';
import { Failure } from './failure.ts';
import { at, numberAt, parseJson, textAt } from './json.ts';
import { type Built, buildLeg, type Leg, type LegOptions } from './leg.ts';
import { readParts } from './merge/parts.ts';
import { type ImageIndex, joinParts, type Part } from './plan/image-index.ts';
import { type Descriptor, isAttestation } from './plan/manifest.ts';
import { formatPlatform } from './plan/platforms.ts';
import { formatReference } from './plan/reference.ts';
import { digestOf } from './registry/repository.ts';
import { readStoredImage } from './registry/stored-image.ts';
import { putTags, putUntagged } from './registry/tags.ts';

type FleetOptions = Omit<LegOptions, 'output'>;

/**
 * Builds parts of one image on several machines at the same time, and joins them into the index that one build would have made.
 * @throws Failure as `buildImage` does, named after the platforms; those of a merge
 */
export async function buildFleet(legs: readonly Leg[], options: FleetOptions): Promise<Built> {
  const [first] = legs;
  if (first === undefined) {
    throw new Error('a fleet has machines');
  }
  const results = await buildAll(legs, options);
  const platforms = first.plan.imagePlatforms;
  const { push, indexAnnotations } = first.plan;
  const read = push ? await readParts(results.map(sourceOf), options.repositories) : results.map(partOf);
  const index = joinParts(byPlatform(read, platforms), { added: indexAnnotations, ordered: true });
  if (push) {
    await putIndex(index, first, options);
  }
  return {
    result: joinResults(results, { index, legs, options }),
    stored: await readJoined(digestOf(index.text), push, options),
    // Each machine would tell its own, which may be the same.
    uploads: undefined,
  };
}

/** The first one that fails ends the others: there will be no image. */
async function buildAll(legs: readonly Leg[], options: FleetOptions): Promise<BuildResult[]> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const failures: unknown[] = [];
  const built = await Promise.all(
    legs.map(async (leg) => {
      const name = leg.builder.platforms.join(', ');
      try {
        return (await buildLeg(leg, { ...options, asksUploads: false, signal, output: outputOf(name) })).result;
      } catch (error) {
        failures.push(named(error, name));
        ending.abort();
        return undefined;
      }
    }),
  );
  if (failures.length > 0) {
    throw failures[0];
  }
  return built.filter((result) => result !== undefined);
}

function named(error: unknown, name: string): unknown {
  return error instanceof Failure && !isCancellation(error) ? withMessage(error, `${name}: ${error.message}`) : error;
}

function sourceOf({ digest }: BuildResult) {
  return { name: digest, repository: undefined, reference: digest, expected: undefined };
}

/** Nothing was pushed that could be read: an image of one platform is described in BuildKit's metadata. */
function partOf({ digest, metadata }: BuildResult): Part {
  const descriptor = at(parseJson(metadata), 'containerimage.descriptor');
  const variant = textAt(descriptor, 'platform', 'variant');
  const entry: Descriptor = {
    mediaType: textAt(descriptor, 'mediaType') ?? '',
    digest,
    size: numberAt(descriptor, 'size') ?? 0,
    platform: {
      architecture: textAt(descriptor, 'platform', 'architecture') ?? '',
      os: textAt(descriptor, 'platform', 'os') ?? '',
      ...(variant === undefined ? {} : { variant }),
    },
  };
  return { name: digest, entries: [entry], annotations: {} };
}

/** One build has its images in the order in which the platforms were asked for, wherever each was built. */
function byPlatform(parts: readonly Part[], platforms: readonly string[]): Part[] {
  const entries = parts.flatMap((part) => part.entries);
  const images = entries.filter((entry) => !isAttestation(entry));
  const place = ({ platform }: Descriptor) =>
    platform === undefined ? -1 : platforms.indexOf(formatPlatform(platform));
  return images
    .toSorted((one, other) => place(one) - place(other))
    .map((image) => {
      const theirs = entries.filter(
        (entry) => isAttestation(entry) && entry.annotations?.['vnd.docker.reference.digest'] === image.digest,
      );
      return { name: image.digest, entries: [image, ...theirs], annotations: {} };
    });
}

/** Into every repository first: where one registry refuses, no tag has moved yet. */
async function putIndex(
  index: ImageIndex,
  { plan }: Leg,
  { names, repositories, signal, warn }: FleetOptions,
): Promise<void> {
  const manifest = { digest: digestOf(index.text), mediaType: index.mediaType, text: index.text };
  const isUntagged = plan.indexByDigest;
  if (isUntagged || repositories.length > 1) {
    await putUntagged(manifest, repositories);
  }
  (await putTags(manifest, { references: isUntagged ? [] : names.references, repositories, signal })).forEach(warn);
}

async function readJoined(digest: string, push: boolean, { repositories: [home] }: FleetOptions) {
  return push && home !== undefined ? readStoredImage(home, digest).catch(() => undefined) : undefined;
}

function joinResults(
  results: readonly BuildResult[],
  { index, legs, options }: { index: ImageIndex; legs: readonly Leg[]; options: FleetOptions },
): BuildResult {
  const digest = digestOf(index.text);
  const uses = results.flatMap(({ cacheUse }) => cacheUse ?? []);
  const sum = (key: 'cached' | 'cacheable') => uses.reduce((total, use) => total + use[key], 0);
  const metadata = {
    'containerimage.digest': digest,
    'containerimage.descriptor': { mediaType: index.mediaType, digest, size: Buffer.byteLength(index.text) },
    'image.name': options.names.references.map(formatReference).join(','),
    // Each machine's own, by what it has built.
    machines: Object.fromEntries(
      results.map(({ metadata }, at) => [legs[at]?.builder.platforms.join(',') ?? '', parseJson(metadata)]),
    ),
  };
  return {
    digest,
    metadata: JSON.stringify(metadata),
    manifests: [...index.platforms.values()],
    cacheUse: uses.length === 0 ? undefined : { cached: sum('cached'), cacheable: sum('cacheable') },
    cacheProblem: results.find(({ cacheProblem }) => cacheProblem !== undefined)?.cacheProblem,
    emulatedSteps: results.flatMap(({ emulatedSteps }) => emulatedSteps),
    ref: undefined,
    record: {
      steps: results.flatMap(({ record }, at) =>
        record.steps.map((step) => ({ ...step, platforms: legs[at]?.builder.platforms.join(',') ?? '' })),
      ),
      warnings: results.flatMap(({ record }) => record.warnings),
    },
  };
}
