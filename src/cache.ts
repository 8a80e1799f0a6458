import * as core from '@actions/core';
import type { Inputs } from './inputs.ts';
import { warn } from './log.ts';
import { type CachePlan, checkExports, mayExport, planCache } from './plan/cache.ts';
import type { ImageNames } from './plan/image.ts';
import { isMutable, type KnownRepositories } from './plan/mutability.ts';
import { formatRepository, parseReference, type Reference } from './plan/reference.ts';
import type { Environment, Runner } from './runner.ts';

/**
 * Decides where layers are kept between jobs, before ECR has said anything about it.
 * @param options.loggedIn without a login nobody may read what is in ECR
 * @param options.platforms that are built together
 * @throws Failure `cache-conflict`
 */
export function chooseCache(
  { cache, push, imageShortName }: Inputs,
  options: {
    readonly runner: Runner;
    readonly names: ImageNames;
    readonly loggedIn: boolean;
    readonly platforms: readonly [string, ...string[]];
  },
): CachePlan {
  const { runner, names, loggedIn, platforms } = options;
  const { repositories, references } = loggedIn ? names : { repositories: [], references: [] };
  const planned = planCache(cache, {
    imageShortName,
    repository: repositories[0],
    image: references[0],
    platforms,
    exporting: push && mayExport(runner.event),
  });
  checkExports(planned.exports, names.references);
  return planned;
}

/** The name that the cache of `cacheTag` is exported to; undefined when it is not, or goes elsewhere. */
export function exportedCache({ cache }: Pick<Inputs, 'cache'>, { exports }: CachePlan): Reference | undefined {
  const ref = cache.mode === 'registry' && cache.to === undefined ? exports[0]?.get('ref') : undefined;
  return ref === undefined ? undefined : parseReference(ref, 'cacheTag');
}

/**
 * In a repository whose tags cannot be written again the cache is only read, which the log says; in one that is missing, and
 * is not the image's own, there is none.
 */
export function settleCache(
  { cache }: Pick<Inputs, 'cache'>,
  { plan, facts, names }: { plan: CachePlan; facts: KnownRepositories; names: ImageNames },
): CachePlan {
  const reference = exportedCache({ cache }, plan);
  if (reference === undefined) {
    return plan;
  }
  const repository = formatRepository(reference);
  const isImages = names.repositories.some((name) => formatRepository(name) === repository);
  if (facts.get(repository)?.kind === 'missing' && !isImages) {
    warn(`cacheTag: there is no repository ${repository}, so the cache is not written.`);
    return { ...plan, exports: [] };
  }
  if (isMutable(reference, facts) !== false) {
    return plan;
  }
  const tag = typeof cache.tag === 'string' ? cache.tag : cache.tag.tag;
  core.notice(
    [
      `The cache ${repository}:${reference.tag} is read but not written: tags of this repository are immutable.`,
      `Either exclude it from that (imageTagMutability IMMUTABLE_WITH_EXCLUSION, with the filter ${tag}*),`,
      'or give another repository as cacheTag (registry/repository:tag).',
    ].join('\n'),
  );
  return { ...plan, exports: [] };
}

/** buildctl fails a build whose cache is with a service that the runner does not have. */
export function withoutService(plans: readonly CachePlan[], env: Environment): CachePlan[] {
  if (env.ACTIONS_RUNTIME_TOKEN && (env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL)) {
    return [...plans];
  }
  const isElsewhere = (entry: CachePlan['imports'][number]) => entry.get('type') !== 'gha';
  if (!plans.flatMap(({ imports, exports }) => [...imports, ...exports]).every(isElsewhere)) {
    warn(
      'cache: this runner offers no cache service (ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL), so gha is left out.',
    );
  }
  return plans.map(({ imports, exports }) => ({
    imports: imports.filter(isElsewhere),
    exports: exports.filter(isElsewhere),
  }));
}
