import { unlessCancelled } from '../cancellation.ts';
import { Failure } from '../failure.ts';
import type { TagDecision, TagState } from '../plan/existing-tags.ts';
import type { Reference } from '../plan/reference.ts';
import { confirmArrival, withNames } from './arrival.ts';
import { type Manifest, type RemoteRepository, repositoryOf } from './repository.ts';
import { readStoredImage } from './stored-image.ts';

/**
 * Asks what each name points to. In a repository that is not there no tag is, either.
 * @throws Failure `push-…`, `registry-unreachable`
 */
export function readTags(
  references: readonly Reference[],
  repositories: readonly RemoteRepository[],
): Promise<TagState[]> {
  return Promise.all(
    references.map(async (reference) => {
      const manifest = await repositoryOf(reference, repositories)
        .manifest(reference.tag)
        .catch((error: unknown) => {
          if (error instanceof Failure && error.code === 'repository-missing') {
            return undefined;
          }
          throw error;
        });
      return { reference, digest: manifest?.digest };
    }),
  );
}

/**
 * Puts a manifest into every repository, without a name: where one registry refuses, no tag of another one has moved yet.
 * @throws Failure `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`
 */
export async function putUntagged(manifest: Manifest, repositories: readonly RemoteRepository[]): Promise<void> {
  await Promise.all(repositories.map((repository) => repository.put(manifest.digest, manifest)));
}

/** Names that an image gets. */
interface Names {
  readonly references: readonly Reference[];
  readonly repositories: readonly RemoteRepository[];
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Puts a manifest under names, one after the other, and looks whether they have it.
 * @returns sentences for the user, as those of `confirmArrival`
 * @throws Failure `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`, `build-cancelled`; it tells what each name is
 * then
 */
export async function putTags(manifest: Manifest, { references, repositories, signal }: Names): Promise<string[]> {
  const pushed = { digest: manifest.digest, references, repositories };
  for (const reference of references) {
    const put = () => repositoryOf(reference, repositories).put(reference.tag, manifest);
    await unlessCancelled(put, signal).catch(async (error: unknown) => {
      throw error instanceof Failure ? await withNames(error, pushed) : error;
    });
  }
  return confirmArrival(pushed, signal);
}

/** An image that was there before. */
export interface KeptImage {
  readonly digest: string;
  /** Names that it has got now. */
  readonly tagged: readonly Reference[];
  /** Digest of each platform; empty when it is no index. */
  readonly platforms: ReadonlyMap<string, string>;
  /** Bytes; undefined when the registry does not tell. */
  readonly size: number | undefined;
  /** Bytes of the image of each platform, by its digest. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
  /** Sentences for the user, as those of `confirmArrival`. */
  readonly warnings: readonly string[];
}

/**
 * The image is there: its further names are added, and nothing is moved.
 * @returns undefined when a repository that should have it does not
 * @throws Failure `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`, `build-cancelled`
 */
export async function keepImage(
  { digest, missing }: Extract<TagDecision, { readonly kind: 'keep' }>,
  { repositories, signal }: Omit<Names, 'references'>,
): Promise<KeptImage | undefined> {
  const [home] = repositories;
  const manifests = await Promise.all(
    missing.map((reference) => repositoryOf(reference, repositories).manifest(digest)),
  );
  if (manifests.includes(undefined)) {
    return undefined;
  }
  const [manifest] = manifests;
  const warnings = manifest === undefined ? [] : await putTags(manifest, { references: missing, repositories, signal });
  const stored = home && (await readStoredImage(home, digest));
  return {
    digest,
    tagged: missing,
    platforms: stored?.platforms ?? new Map(),
    size: stored?.size,
    sizes: stored?.sizes,
    warnings,
  };
}
