import type { Registries } from './aws/login.ts';
import { codeOf, Failure } from './failure.ts';
import type { PushInputs } from './inputs/push.ts';
import { debug, type Say, warn } from './log.ts';
import { checkWritable, type TagState } from './plan/existing-tags.ts';
import type { ImageNames } from './plan/image.ts';
import { isMutable, type KnownRepositories } from './plan/mutability.ts';
import { formatReference, formatRepository, type Repository } from './plan/reference.ts';
import type { RemoteRepository } from './registry/repository.ts';
import { readTags } from './registry/tags.ts';

/** What the registries have told before the build. */
export interface Preflight {
  readonly facts: KnownRepositories;
  /** Names of the image that were asked for; none where a registry has not answered. */
  readonly tags: readonly TagState[];
}

/**
 * Finds out, while BuildKit is brought up, what a push would be refused for at the end of a build: repositories that are
 * missing (they are created where that is asked for), tags that cannot be written again, an upload that may not begin.
 * What may not be asked is unknown, and no reason to fail.
 * @param options.cache repository that the cache is exported to
 * @throws Failure `repository-missing`, `repository-create-failed`, `tag-immutable`, `push-…`, `ecr-…`, `registry-unreachable`
 */
export async function preflight(
  inputs: PushInputs,
  options: {
    readonly names: ImageNames;
    readonly repositories: readonly RemoteRepository[];
    readonly registries: Registries;
    readonly cache: Repository | undefined;
    readonly say: Say;
  },
): Promise<Preflight> {
  const { names, repositories, registries, cache, say } = options;
  const aws = await import('./aws/repositories.ts');
  const [facts, tags] = await Promise.all([
    aws.describeRepositories([...names.repositories, ...(cache === undefined ? [] : [cache])], registries),
    readTags(names.references, repositories).catch(noneWhereUnreachable),
  ]);
  await Promise.all(
    repositories.map(async (repository) => {
      // Not where it is known to be missing: an upload could make ECR create it, for an image that is not built yet.
      const known = facts.get(formatRepository(repository.name));
      const isMissing = known?.kind === 'missing';
      const refusal = isMissing ? undefined : await tryUpload(repository);
      if (isMissing || refusal?.code === 'repository-missing') {
        await provide(repository.name, {
          say,
          inputs,
          registries,
          requestId: known?.kind === 'missing' ? known.requestId : undefined,
        });
      } else if (refusal !== undefined) {
        throw refusal;
      }
    }),
  );
  for (const { reference, digest } of tags) {
    say(`${formatReference(reference)} ${digest === undefined ? 'is new' : `is ${digest} now`}`);
  }
  const existing = tags.filter(({ digest }) => digest !== undefined).map(({ reference }) => reference);
  checkWritable(existing, {
    policy: inputs.ifTagExists,
    first: names.references[0]?.tag,
    isMutable: (reference) => isMutable(reference, facts),
  });
  return { facts, tags };
}

/** A registry that does not answer this machine now may answer BuildKit in some minutes; one that refuses will again. */
function noneWhereUnreachable(error: unknown): readonly TagState[] {
  if (error instanceof Failure && error.code === 'registry-unreachable') {
    debug(`Tags cannot be read: ${error.message}`);
    return [];
  }
  throw error;
}

/** @returns why an upload may not begin, as far as that will still be so in some minutes */
async function tryUpload(repository: RemoteRepository): Promise<Failure | undefined> {
  try {
    await repository.tryUpload();
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    const isLasting = ['push-denied', 'push-unauthenticated', 'repository-missing'].includes(error.code);
    return isLasting || isCutOff(error) ? error : undefined;
  }
}

/** Nobody listens there, or there is no such host: BuildKit, on the same machine, will not get further. */
function isCutOff({ cause }: Failure): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND'].includes(codeOf(cause) ?? '');
}

/** Sees that a repository will be there when the image is pushed. */
async function provide(
  repository: Repository,
  {
    inputs,
    registries,
    requestId,
    say,
  }: { inputs: PushInputs; registries: Registries; requestId: string | undefined; say: Say },
): Promise<void> {
  const { createRepository, isCreatedOnPush } = await import('./aws/repositories.ts');
  const name = formatRepository(repository);
  if (inputs.createRepository) {
    const created = await createRepository(repository, { settings: inputs.repositorySettings, registries });
    say(created ? `Created the repository ${name}` : `The repository ${name} has just been created`);
    return;
  }
  const onPush = await isCreatedOnPush(repository, registries);
  if (onPush !== false) {
    warn(
      onPush
        ? `The repository ${name} is missing; ECR creates it by a template when the image is pushed.`
        : `The repository ${name} is missing. Unless a template of ECR creates it when the image is pushed, this push will fail.`,
    );
    return;
  }
  throw new Failure({
    code: 'repository-missing',
    message: `There is no repository ${name}.${requestId === undefined ? '' : ` (AWS request ${requestId})`}`,
    hint: 'Create it, set createRepository: true, or correct imageShortName and imageRegistryPath (or awsRegion, where that says the registry).',
  });
}
