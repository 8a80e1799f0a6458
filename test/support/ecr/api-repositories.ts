import { at, textAt } from '../../../src/json.ts';
import { listTags } from '../oci.ts';
import { accessRepository, type Call, type Context } from './context.ts';
import { ApiError } from './errors.ts';
import { type RegistryId, repositoryArn } from './names.ts';
import { authorize, deniedText } from './principals.ts';
import type { Repository } from './repositories.ts';
import { describeSettings, invalid, readSettings } from './repository-settings.ts';

export async function describeRepositories(call: Call): Promise<object> {
  const { context, principal, region, input } = call;
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  const action = 'ecr:DescribeRepositories';
  const names = at(input, 'repositoryNames');
  if (!Array.isArray(names)) {
    authorize(call, { action, resource: repositoryArn(registryId, '*') });
    return { repositories: context.repositories.list(registryId).map((one) => describe(context, registryId, one)) };
  }
  const found = names.map((name) =>
    accessRepository({ context, caller: call, registryId, name: String(name), action }),
  );
  return { repositories: found.map((one) => describe(context, registryId, one)) };
}

/** A repository may have tags from the start, which is an action of its own. */
export async function createRepository(call: Call): Promise<object> {
  const { context, principal, region, input } = call;
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  const name = textAt(input, 'repositoryName') ?? '';
  const resource = repositoryArn(registryId, name);
  const permission = { action: 'ecr:CreateRepository', resource };
  authorize(call, permission);
  if (registryId.accountId !== principal.accountId) {
    throw new ApiError('AccessDeniedException', deniedText(principal, permission, 'resource'));
  }
  const settings = readSettings(input);
  if (Object.keys(settings.tags ?? {}).length > 0) {
    authorize(call, { action: 'ecr:TagResource', resource });
  }
  if (name.length < 2 || name.length > 256 || !NAME.test(name)) {
    throw invalid('repositoryName', `must satisfy regular expression '${NAME.source.slice(1, -1)}'`);
  }
  if (context.repositories.find(registryId, name) !== undefined) {
    throw new ApiError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${registryId.accountId}'`,
    );
  }
  const repository = context.repositories.add({ ...settings, ...registryId, name });
  return { repository: describe(context, registryId, repository) };
}

/** Without force, only a repository without images goes. */
export async function deleteRepository(call: Call): Promise<object> {
  const { context, principal, region, input } = call;
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  const name = textAt(input, 'repositoryName') ?? '';
  const repository = accessRepository({ context, caller: call, registryId, name, action: 'ecr:DeleteRepository' });
  const stored = { registryUrl: context.registry.url, repository: repository.storage };
  if (at(input, 'force') !== true && (await listTags(stored)).length > 0) {
    const text = `The repository with name '${name}' in registry with id '${registryId.accountId}' cannot be deleted because it still contains images`;
    throw new ApiError('RepositoryNotEmptyException', text);
  }
  context.repositories.remove(repository);
  return { repository: describe(context, registryId, repository) };
}

/** ECR API, CreateRepository, pattern of repositoryName. */
const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

function describe({ endpointOf }: Context, registryId: RegistryId, repository: Repository): object {
  const { name, createdAt } = repository;
  return {
    registryId: registryId.accountId,
    repositoryName: name,
    repositoryArn: repositoryArn(registryId, name),
    repositoryUri: `${new URL(endpointOf(registryId)).host}/${name}`,
    createdAt: createdAt / 1000,
    ...describeSettings(repository),
  };
}
