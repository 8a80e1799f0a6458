import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import type { Inputs } from './inputs.ts';
import { type CachePlan, cacheReference, mayExport, planCache } from './plan/cache.ts';
import type { ImageNames } from './plan/image.ts';
import { formatReference } from './plan/reference.ts';
import type { Environment, Runner } from './runner.ts';

/**
 * Decides where layers are kept between jobs. In a repository whose tags cannot be written again the cache is only read,
 * which the log says.
 */
export async function chooseCache(
  { cache, build, push, imageShortName }: Inputs,
  options: {
    readonly runner: Runner;
    readonly env: Environment;
    readonly names: ImageNames;
    readonly registries: Registries | undefined;
  },
): Promise<CachePlan> {
  const { runner, env, names, registries } = options;
  if (cache.mode === 'gha' && !env.ACTIONS_RUNTIME_TOKEN) {
    core.warning('cache: this runner has no cache service (ACTIONS_RUNTIME_TOKEN is not set), so nothing is cached.');
    return { imports: [], exports: [] };
  }
  // Without a login nobody may read what is in ECR.
  const image = registries === undefined ? undefined : names.first;
  const plan = planCache(registries === undefined ? { ...cache, tag: 'none' } : cache, {
    imageShortName,
    image,
    platforms: nonEmpty(build.platforms) ?? [`linux/${runner.arch}`],
    exporting: push && mayExport(runner.event),
  });
  const reference = cacheReference(cache.tag, image);
  const isRegistry = cache.mode === 'registry' && cache.to === undefined && plan.exports.length > 0;
  if (!isRegistry || reference === undefined || registries === undefined) {
    return plan;
  }
  const { isTagMutable } = await import('./aws/cache-repository.ts');
  if ((await isTagMutable(reference, registries)) !== false) {
    return plan;
  }
  core.notice(
    [
      `The cache ${formatReference(reference)} is read but not written: tags of this repository are immutable.`,
      `Either exclude it from that (imageTagMutability IMMUTABLE_WITH_EXCLUSION, with the filter ${reference.tag}*),`,
      'or give another repository as cacheTag (registry/repository:tag).',
    ].join('\n'),
  );
  return { ...plan, exports: [] };
}

function nonEmpty(platforms: readonly string[]): readonly [string, ...string[]] | undefined {
  const [first, ...others] = platforms;
  return first === undefined ? undefined : [first, ...others];
}
