import * as core from '@actions/core';
import { type BuildOptions, type BuildResult, buildImage } from './buildkit/build.ts';
import { nameStages } from './buildkit/targets.ts';
import { log } from './log.ts';
import type { BuildPlan } from './plan/build-plan.ts';
import type { ImageNames } from './plan/image.ts';
import { isMutable, type KnownRepositories } from './plan/mutability.ts';
import type { RemoteRepository } from './registry/repository.ts';
import { readStoredImage, type StoredImage } from './registry/stored-image.ts';

/** What was built, and what the registry has of it. */
export interface Built {
  readonly result: BuildResult;
  /** Undefined when nothing was pushed, or the registry does not tell. */
  readonly stored: StoredImage | undefined;
}

/**
 * Builds and pushes, and looks at what has arrived: layers of a cache may be compressed in another way than was asked for,
 * then the image is pushed once more from what is there.
 * @throws Failure as `buildImage` does
 */
export async function buildAndCheck(
  plan: BuildPlan,
  options: BuildOptions & {
    readonly title: string;
    readonly names: ImageNames;
    readonly repositories: readonly RemoteRepository[];
    readonly facts: KnownRepositories;
  },
): Promise<Built> {
  const { title, names, facts } = options;
  const isOpen = plan.output.compression === 'gzip' && !plan.forceCompression;
  const forced = { ...plan, forceCompression: true };
  // A tag that stays where it was put takes one push only: there the form is forced from the start.
  const isFixed = !plan.pushByDigest && names.references.some((reference) => isMutable(reference, facts) === false);
  const first = isOpen && isFixed ? forced : plan;
  const result = await core.group(title, () => buildOnce(first, options));
  const stored = await readBack(result, plan, options);
  if (!isOpen || first.forceCompression || !stored?.hasOtherThanGzip) {
    return { result, stored };
  }
  log('A layer was there as zstd or uncompressed: the image is pushed again with gzip layers.');
  const again = await core.group(`${title}, gzip layers`, () => buildOnce(forced, options));
  const cacheProblem = again.cacheProblem ?? result.cacheProblem;
  return {
    result: { ...again, cacheUse: result.cacheUse, emulatedSteps: result.emulatedSteps, cacheProblem },
    stored: await readBack(again, plan, options),
  };
}

async function buildOnce(plan: BuildPlan, options: BuildOptions): Promise<BuildResult> {
  return buildImage(plan, options).catch(async (error: unknown) => {
    throw await nameStages(error, plan, options);
  });
}

/** Asking for it may be denied: then nobody knows, and the build is as good as without. */
async function readBack(
  { digest }: BuildResult,
  { push }: BuildPlan,
  { repositories }: { repositories: readonly RemoteRepository[] },
): Promise<StoredImage | undefined> {
  const [repository] = repositories;
  if (!push || repository === undefined) {
    return undefined;
  }
  return readStoredImage(repository, digest).catch((error: unknown) => {
    core.debug(`The image cannot be read back: ${error}`);
    return undefined;
  });
}
