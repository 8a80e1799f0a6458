import type { Registries } from './aws/login.ts';
import { chooseCache, exportedCache, settleCache } from './cache.ts';
import type { Inputs } from './inputs.ts';
import { logIn } from './logins.ts';
import type { StepScratch } from './machine/step.ts';
import type { CachePlan } from './plan/cache.ts';
import { decideTags } from './plan/existing-tags.ts';
import { type ImageNames, nameImage } from './plan/image.ts';
import type { KnownRepositories } from './plan/mutability.ts';
import { preflight } from './preflight.ts';
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
}

interface Job {
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
  const repositories =
    registries === undefined ? [] : openRepositories(names.repositories, { logins: registries.logins, http });
  return { names, registries, repositories };
}

/**
 * Ends a step early whose tag exists, as `ifTagExists` says.
 * @returns undefined when the image has to be built
 * @throws Failure `tag-exists`, `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`
 */
export async function keepExisting(
  { push, ifTagExists }: Inputs,
  { names, repositories }: Destination,
): Promise<KeptImage | undefined> {
  const decision = push ? decideTags(ifTagExists, await readTags(names.references, repositories)) : undefined;
  return decision?.kind === 'keep' ? keepImage(decision, repositories) : undefined;
}

/**
 * Chooses the cache, and finds out what a push would be refused for.
 * @throws Failure `cache-conflict`, `repository-missing`, `repository-create-failed`, `tag-immutable`, `push-…`, `ecr-…`, `registry-unreachable`
 */
export async function prepareDestination(
  { names, registries, repositories }: Destination,
  { inputs, runner, env }: { inputs: Inputs; runner: Runner; env: Environment },
): Promise<{ readonly cache: CachePlan; readonly facts: KnownRepositories }> {
  const plan = chooseCache(inputs, { runner, env, names, loggedIn: registries !== undefined });
  if (registries === undefined || !inputs.push) {
    return { cache: plan, facts: new Map() };
  }
  const cache = exportedCache(inputs, plan);
  const facts = await preflight(inputs, { names, repositories, registries, cache });
  return { cache: settleCache(inputs, { plan, facts, names }), facts };
}
