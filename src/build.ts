import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import type { StoredImage } from './aws/stored-image.ts';
import { type BuildOptions, type BuildResult, buildImage } from './buildkit/build.ts';
import { nameStages } from './buildkit/targets.ts';
import type { BuildPlan } from './plan/arguments.ts';
import type { ImageNames } from './plan/image.ts';

/** What was built, and what the registry has of it. */
export interface Built {
  readonly result: BuildResult;
  /** Undefined when nothing was pushed, or the registry does not tell. */
  readonly stored: StoredImage | undefined;
}

/**
 * Builds and pushes, and looks at what has arrived: layers of a cache may be compressed in another way than was asked for,
 * then the image is pushed once more from what is there.
 */
export async function buildAndCheck(
  plan: BuildPlan,
  options: BuildOptions & {
    readonly title: string;
    readonly names: ImageNames;
    readonly registries: Registries | undefined;
  },
): Promise<Built> {
  const { title } = options;
  const isOpen = plan.output.compression === 'gzip' && !plan.forceCompression;
  const forced = { ...plan, forceCompression: true };
  const first = isOpen && (await isImmutable(plan, options)) ? forced : plan;
  const result = await core.group(title, () => buildOnce(first, options));
  const stored = await readBack(result, plan, options);
  if (!isOpen || first.forceCompression || !stored?.hasOtherThanGzip) {
    return { result, stored };
  }
  core.info('A layer was there as zstd or uncompressed: the image is pushed again with gzip layers.');
  const again = await core.group(`${title}, gzip layers`, () => buildOnce(forced, options));
  const cacheProblem = again.cacheProblem ?? result.cacheProblem;
  return {
    result: { ...again, cacheUse: result.cacheUse, cacheProblem },
    stored: await readBack(again, plan, options),
  };
}

/** A tag that stays where it was put takes one push only: there the form is forced from the start. */
async function isImmutable(
  { push }: BuildPlan,
  { names, registries }: { names: ImageNames; registries: Registries | undefined },
): Promise<boolean> {
  if (!push || registries === undefined || names.first === undefined) {
    return false;
  }
  const { isTagMutable } = await import('./aws/mutability.ts');
  return (await isTagMutable(names.first, registries)) === false;
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
  { names, registries }: { names: ImageNames; registries: Registries | undefined },
): Promise<StoredImage | undefined> {
  if (!push || registries === undefined || names.first === undefined) {
    return undefined;
  }
  const { host, repository } = names.first;
  const { readStoredImage } = await import('./aws/stored-image.ts');
  return readStoredImage(`${host}/${repository}@${digest}`, registries).catch((error: unknown) => {
    core.debug(`The image cannot be read back: ${error}`);
    return undefined;
  });
}
