import { at, textAt } from '../../../src/json.ts';
import { accessRepository, type Call, type Context } from './context.ts';
import { ApiError } from './errors.ts';
import { type RegistryId, repositoryArn } from './names.ts';
import { authorize } from './principals.ts';
import type { Repository } from './repositories.ts';

export async function describeRepositories({ context, principal, region, input }: Call): Promise<object> {
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  const action = 'ecr:DescribeRepositories';
  const names = at(input, 'repositoryNames');
  if (!Array.isArray(names)) {
    authorize({ principal, action, resource: repositoryArn(registryId, '*') });
    return { repositories: context.repositories.list(registryId).map((one) => describe(context, registryId, one)) };
  }
  const found = names.map((name) => accessRepository({ context, principal, registryId, name: String(name), action }));
  return { repositories: found.map((one) => describe(context, registryId, one)) };
}

export async function createRepository({ context, principal, region, input }: Call): Promise<object> {
  const registryId = { accountId: principal.accountId, region };
  const name = textAt(input, 'repositoryName') ?? '';
  authorize({ principal, action: 'ecr:CreateRepository', resource: repositoryArn(registryId, name) });
  if (context.repositories.find(registryId, name) !== undefined) {
    throw new ApiError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${registryId.accountId}'`,
    );
  }
  const filters = at(input, 'imageTagMutabilityExclusionFilters');
  const repository = context.repositories.add({
    name,
    immutable: textAt(input, 'imageTagMutability')?.startsWith('IMMUTABLE') === true,
    exclusions: Array.isArray(filters) ? filters.map((filter) => textAt(filter, 'filter') ?? '') : [],
    accountId: registryId.accountId,
    region,
  });
  return { repository: describe(context, registryId, repository) };
}

function describe({ endpointOf }: Context, registryId: RegistryId, repository: Repository): object {
  const { name, immutable = false, exclusions = [], createdAt } = repository;
  const mutability = immutable ? 'IMMUTABLE' : 'MUTABLE';
  const filters = exclusions.map((filter) => ({ filterType: 'WILDCARD', filter }));
  return {
    registryId: registryId.accountId,
    repositoryName: name,
    repositoryArn: repositoryArn(registryId, name),
    repositoryUri: `${new URL(endpointOf(registryId)).host}/${name}`,
    createdAt: createdAt / 1000,
    imageTagMutability: filters.length > 0 ? `${mutability}_WITH_EXCLUSION` : mutability,
    ...(filters.length > 0 ? { imageTagMutabilityExclusionFilters: filters } : {}),
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}
