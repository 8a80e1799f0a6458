import { Failure } from '../failure.ts';
import type { Part } from '../plan/image-index.ts';
import {
  annotationsOf,
  configOf,
  type Descriptor,
  entriesOf,
  isAttestation,
  isIndex,
  platformOf,
} from '../plan/manifest.ts';
import { isExpected, type PartSource } from '../plan/parts.ts';
import { formatPlatform } from '../plan/platforms.ts';
import { formatRepository, type Repository } from '../plan/reference.ts';
import type { Manifest, RemoteRepository } from '../registry/repository.ts';

/** What can be a part of an image of several platforms. Source: OCI image specification; Docker image manifest v2.2. */
const CONFIG_TYPES = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];

/**
 * Reads the parts from their repository, and sees that the other ones have them, too: an index lists only what is beside it.
 * @param repositories all that the image goes to
 * @throws Failure `part-missing`, `part-foreign`, `part-not-image`, `part-mismatch`
 */
export async function readParts(
  sources: readonly PartSource[],
  repositories: readonly RemoteRepository[],
): Promise<Part[]> {
  const readings = await Promise.allSettled(
    sources.map(async (source) => {
      const home = homeOf(source, repositories);
      const part = await readPart(source, home);
      await Promise.all(repositories.filter((other) => other !== home).map((other) => checkHas(other, part)));
      return part;
    }),
  );
  const problems = readings.flatMap((reading) => (reading.status === 'rejected' ? [reading.reason] : []));
  if (problems.length > 0) {
    throw together(problems);
  }
  return readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []));
}

/** Several parts with the same problem are told of together, so that one run is enough to see them all. */
function together([first, ...others]: readonly unknown[]): unknown {
  if (!(first instanceof Failure)) {
    return first;
  }
  const same = others.filter((other) => other instanceof Failure && other.code === first.code);
  const messages = [first, ...same].map((problem) => (problem instanceof Failure ? problem.message : ''));
  return new Failure({ code: first.code, message: messages.join('\n'), hint: first.hint, cause: first });
}

function homeOf({ name, repository }: PartSource, repositories: readonly RemoteRepository[]): RemoteRepository {
  const home = repositories.find(
    (remote) => repository === undefined || formatRepository(remote.name) === formatRepository(repository),
  );
  if (home === undefined) {
    throw new Failure({
      code: 'part-foreign',
      message: `sources: ${name} is not in ${list(repositories.map((remote) => remote.name))}, where the image goes.`,
      hint: 'An index can list only what is in its own repository: let every leg push there.',
    });
  }
  return home;
}

async function readPart({ name, reference, expected }: PartSource, home: RemoteRepository): Promise<Part> {
  const manifest = await home.manifest(reference);
  if (manifest === undefined) {
    throw missing(name, home.name);
  }
  const entries = await readEntries(manifest, { name, home });
  const platforms = entries.flatMap((entry) =>
    isAttestation(entry) || entry.platform === undefined ? [] : [formatPlatform(entry.platform)],
  );
  if (platforms.length === 0) {
    throw notImage(name, { home, reason: 'it is an index that lists none' });
  }
  const other = platforms.find((platform) => !isExpected(platform, expected));
  if (expected !== undefined && other !== undefined) {
    throw new Failure({
      code: 'part-mismatch',
      message: `${name} should be ${expected} and is ${other} (${manifest.digest}).`,
      hint: 'Its leg has built for another platform than its tag says: correct the matrix, and run all legs again.',
    });
  }
  return { name, entries, annotations: isIndex(manifest.mediaType) ? annotationsOf(manifest.text) : {} };
}

/** An index is taken apart, however deep: one in another one is not found by those who pull. */
async function readEntries(
  manifest: Manifest,
  { name, home }: { name: string; home: RemoteRepository },
): Promise<Descriptor[]> {
  if (!isIndex(manifest.mediaType)) {
    return [await describe(manifest, { name, home })];
  }
  const nested = entriesOf(manifest.text).map(async (entry) => {
    if (isAttestation(entry)) {
      return [entry];
    }
    const child = await home.manifest(entry.digest);
    if (child === undefined) {
      throw missing(`${entry.digest} of ${name}`, home.name);
    }
    const entries = await readEntries(child, { name, home });
    return isIndex(child.mediaType) ? entries : entries.map((own) => ({ ...entry, ...own }));
  });
  return (await Promise.all(nested)).flat();
}

async function describe(
  { digest, mediaType, text }: Manifest,
  { name, home }: { name: string; home: RemoteRepository },
): Promise<Descriptor> {
  const config = configOf(text);
  const platform =
    config !== undefined && CONFIG_TYPES.includes(config.mediaType)
      ? platformOf(await home.blob(config.digest))
      : undefined;
  if (platform === undefined) {
    throw notImage(name, { home, reason: `its configuration (${config?.mediaType ?? 'none'}) names no platform` });
  }
  return { mediaType, digest, size: Buffer.byteLength(text), platform };
}

function notImage(name: string, { home, reason }: { home: RemoteRepository; reason: string }): Failure {
  return new Failure({
    code: 'part-not-image',
    message: `${name} in ${formatRepository(home.name)} is no image: ${reason}.`,
    hint: 'Name what the legs have pushed; a build cache or an attestation is no part of an image.',
  });
}

async function checkHas(other: RemoteRepository, { name, entries }: Part): Promise<void> {
  const found = await Promise.all(entries.map(({ digest }) => other.manifest(digest)));
  const absent = entries.find((_, index) => found[index] === undefined);
  if (absent !== undefined) {
    throw missing(absent.digest === name ? name : `${absent.digest} of ${name}`, other.name);
  }
}

function missing(name: string, repository: Repository): Failure {
  return new Failure({
    code: 'part-missing',
    message: `${name} is not in ${formatRepository(repository)}.`,
    hint: 'Every leg of the matrix has to push to this repository before the merge: look for one that failed, was skipped, or has another imageRegistryPath or tag.',
  });
}

function list(repositories: readonly Repository[]): string {
  return repositories.map(formatRepository).join(', ');
}
