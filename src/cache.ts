import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import type { Inputs } from './inputs.ts';
import { type CachePlan, checkExports, mayExport, planCache } from './plan/cache.ts';
import type { ImageNames } from './plan/image.ts';
import { parseReference } from './plan/reference.ts';
import type { Environment, Runner } from './runner.ts';

/**
 * Decides where layers are kept between jobs. In a repository whose tags cannot be written again the cache is only read,
 * which the log says.
 * @throws Failure `cache-conflict`
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
  // Without a login nobody may read what is in ECR.
  const image = registries === undefined ? undefined : names.first;
  const planned = planCache(cache, {
    imageShortName,
    image,
    platforms: nonEmpty(build.platforms) ?? [`linux/${runner.arch}`],
    exporting: push && mayExport(runner.event),
  });
  checkExports(planned.exports, names.references);
  const plan = withoutService(planned, env);
  const exported = cache.mode === 'registry' && cache.to === undefined ? plan.exports[0]?.get('ref') : undefined;
  if (exported === undefined || registries === undefined) {
    return plan;
  }
  const { isTagMutable } = await import('./aws/mutability.ts');
  const reference = parseReference(exported, 'cacheTag');
  if ((await isTagMutable(reference, registries)) !== false) {
    return plan;
  }
  core.notice(
    [
      `The cache ${exported} is read but not written: tags of this repository are immutable.`,
      `Either exclude it from that (imageTagMutability IMMUTABLE_WITH_EXCLUSION, with the filter ${cacheTagOf(cache)}*),`,
      'or give another repository as cacheTag (registry/repository:tag).',
    ].join('\n'),
  );
  return { ...plan, exports: [] };
}

function cacheTagOf({ tag }: Inputs['cache']): string {
  return typeof tag === 'string' ? tag : tag.tag;
}

/** buildctl fails a build whose cache is with a service that the runner does not have. */
function withoutService(plan: CachePlan, env: Environment): CachePlan {
  const isThere = env.ACTIONS_RUNTIME_TOKEN && (env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL);
  const others = (entries: CachePlan['imports']) => entries.filter((entry) => entry.get('type') !== 'gha');
  const without = { imports: others(plan.imports), exports: others(plan.exports) };
  if (isThere || without.imports.length + without.exports.length === plan.imports.length + plan.exports.length) {
    return plan;
  }
  core.warning(
    'cache: this runner offers no cache service (ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL), so gha is left out.',
  );
  return without;
}

function nonEmpty(platforms: readonly string[]): readonly [string, ...string[]] | undefined {
  const [first, ...others] = platforms;
  return first === undefined ? undefined : [first, ...others];
}
