import type { Registry } from '../registry.ts';
import { ApiError } from './errors.ts';
import { type RegistryId, repositoryArn } from './names.ts';
import { authorize, deniedText, type Principal, type Principals } from './principals.ts';
import { missingText, type Repositories, type Repository } from './repositories.ts';
import type { Role } from './sts.ts';
import type { Tokens } from './tokens.ts';

/** Everything that the answers depend on. */
export interface Context {
  /** The real registry that stores the images. */
  readonly registry: Registry;
  readonly principals: Principals;
  readonly tokens: Tokens;
  readonly repositories: Repositories;
  readonly roles: readonly Role[];
  /** Where the registry of an account and region is reached, for example "http://127.0.0.1:40123". */
  readonly endpointOf: (registry: RegistryId) => string;
  /** Whether blobs of other repositories are taken over on request; in ECR it is off unless an account turns it on. */
  readonly blobMounting: boolean;
}

/** A call of the API whose signature was checked. */
export interface Call {
  readonly context: Context;
  readonly principal: Principal;
  readonly region: string;
  readonly input: unknown;
}

export interface RepositoryAccess {
  readonly context: Context;
  readonly principal: Principal;
  readonly registryId: RegistryId;
  readonly name: string;
  /** With its prefix: "ecr:PutImage". */
  readonly action: string;
}

/**
 * The repository that a call is about. As in AWS, permissions come before existence.
 * @throws ApiError AccessDeniedException or RepositoryNotFoundException
 */
export function accessRepository({ context, principal, registryId, name, action }: RepositoryAccess): Repository {
  const permission = { principal, action, resource: repositoryArn(registryId, name) };
  authorize(permission);
  const repository = context.repositories.find(registryId, name);
  const isForeign = principal.accountId !== registryId.accountId;
  if (isForeign && repository?.sharedWith?.includes(principal.accountId) !== true) {
    throw new ApiError('AccessDeniedException', deniedText(permission, 'resource'));
  }
  if (repository === undefined) {
    throw new ApiError('RepositoryNotFoundException', missingText(registryId, name));
  }
  return repository;
}
