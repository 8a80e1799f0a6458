import type { Registries } from './aws/login.ts';
import { chooseCache, exportedCache, settleCache, withoutService } from './cache.ts';
import type { Inputs } from './inputs.ts';
import { phase, warn } from './log.ts';
import { logIn, openRenewal, type Renewal } from './logins.ts';
import type { StepScratch } from './machine/step.ts';
import type { Masks } from './masks.ts';
import type { CachePlan } from './plan/cache.ts';
import { decideTags } from './plan/existing-tags.ts';
import { type ImageNames, nameImage } from './plan/image.ts';
import type { KnownRepositories } from './plan/mutability.ts';
import { builtPlatforms } from './plan/platforms.ts';
import { formatRepository } from './plan/reference.ts';
import { type Preflight, preflight } from './preflight.ts';
import type { Http } from './registry/http.ts';
import { openRepositories, type RemoteRepository } from './registry/repository.ts';
import { type KeptImage, keepImage, readTags } from './registry/tags.ts';
import type { Environment, Runner } from './runner.ts';
import type { OpenSource } from './source/source.ts';

/** Where the image goes, and what it is called there. */
export interface Destination {
  readonly names: ImageNames;
  /** Undefined: nothing is asked of AWS. */
  readonly registries: Registries | undefined;
  /** The repositories of the names, open; empty without a login. */
  readonly repositories: readonly RemoteRepository[];
  /** Undefined without a login. */
  readonly renewal: Renewal | undefined;
}

interface Job extends Pick<Masks, 'mask'> {
  readonly inputs: Inputs;
  readonly env: Environment;
  readonly step: StepScratch;
}

/**
 * Logs in, and names the image as soon as its source is known.
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`, `registry-not-ecr`; what the reading of the source throws
 */
export async function findDestination(
  job: Job,
  { source, http }: { source: OpenSource; http: Http },
): Promise<Destination> {
  const [registries, tags] = await Promise.all([logIn(job), source.tags()]);
  const names = nameImage(job.inputs, { tags, ownHost: registries?.ownHost });
  const renewal = openRenewal(job.step, registries);
  const repositories =
    registries === undefined || renewal === undefined
      ? []
      : openRepositories(names.repositories, { logins: registries.logins, renew: renewal.renew, http });
  return { names, registries, repositories, renewal };
}

/**
 * Ends a step early whose tag exists, as `ifTagExists` says.
 * @returns undefined when the image has to be built
 * @throws Failure `tag-exists`, `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`
 */
export async function keepExisting(
  { push, ifTagExists }: Inputs,
  { names, repositories }: Destination,
  signal: AbortSignal,
): Promise<KeptImage | undefined> {
  const decision = push ? decideTags(ifTagExists, await readTags(names.references, repositories)) : undefined;
  const kept = decision?.kind === 'keep' ? await keepImage(decision, { repositories, signal }) : undefined;
  kept?.warnings.forEach(warn);
  return kept;
}

/**
 * Finds out what a push would be refused for.
 * @throws Failure `cache-conflict`, `repository-missing`, `repository-create-failed`, `tag-immutable`, `push-…`, `ecr-…`, `registry-unreachable`
 */
export async function prepareDestination(
  destination: Destination,
  { inputs, runner }: { inputs: Inputs; runner: Runner },
): Promise<Preflight> {
  const { names, registries, repositories } = destination;
  // Its repository is the same wherever it is built.
  const platforms = builtPlatforms(inputs, runner);
  const plan = chooseCache(inputs, { runner, names, loggedIn: registries !== undefined, platforms });
  if (registries === undefined || !inputs.push) {
    return { facts: new Map(), tags: [] };
  }
  const cache = exportedCache(inputs, plan);
  return phase(
    (say) => preflight(inputs, { names, repositories, registries, cache, say }),
    () => `Check ${names.repositories.map(formatRepository).join(', ')}`,
  );
}

/** The cache of each group of platforms that is built together. */
export function planCaches(
  groups: readonly (readonly string[])[],
  {
    inputs,
    runner,
    env,
    destination,
    facts,
  }: { inputs: Inputs; runner: Runner; env: Environment; destination: Destination; facts: KnownRepositories },
): CachePlan[] {
  const { names, registries } = destination;
  const plans = groups.map((group) => {
    const [first = `linux/${runner.arch}`, ...others] = group;
    const plan = chooseCache(inputs, {
      runner,
      names,
      loggedIn: registries !== undefined,
      platforms: [first, ...others],
    });
    return registries === undefined || !inputs.push ? plan : settleCache(inputs, { plan, facts, names });
  });
  return withoutService(plans, env);
}
