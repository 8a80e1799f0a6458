import type { Registry } from '../registry.ts';
import type { Bearers } from './bearers.ts';
import type { BlobLinks } from './blob-links.ts';
import { ApiError } from './errors.ts';
import { type RegistryId, repositoryArn } from './names.ts';
import { authorize, type Caller, deniedText, type Principals } from './principals.ts';
import type { PublicRepositories } from './public-repositories.ts';
import { missingText, type Repositories, type Repository } from './repositories.ts';
import type { Role } from './roles.ts';
import type { Scans } from './scans.ts';
import type { CreationTemplate } from './templates.ts';
import type { Tokens } from './tokens.ts';

/** Everything that the answers depend on. */
export interface Context {
  /** The real registry that stores the images. */
  readonly registry: Registry;
  readonly principals: Principals;
  readonly tokens: Tokens;
  readonly bearers: Bearers;
  readonly repositories: Repositories;
  readonly publicRepositories: PublicRepositories;
  readonly roles: readonly Role[];
  readonly templates: readonly CreationTemplate[];
  readonly scans: Scans;
  /** Where the registry of an account and region is reached, for example "http://127.0.0.1:40123". */
  readonly endpointOf: (registry: RegistryId) => string;
  /** What references to public images start with, for example "127.0.0.1:40124". */
  readonly publicHost: string;
  /** Whether blobs of other repositories are taken over on request; in ECR it is off unless an account turns it on. */
  readonly blobMounting: boolean;
  /** Where blobs are fetched from when the registry does not serve them itself. */
  readonly blobLinks: BlobLinks | undefined;
}

/** A call of the API whose signature was checked. */
export interface Call extends Caller {
  readonly context: Context;
  readonly region: string;
  readonly input: unknown;
}

export interface RepositoryAccess {
  readonly context: Context;
  readonly caller: Caller;
  readonly registryId: RegistryId;
  readonly name: string;
  /** With its prefix: "ecr:PutImage". */
  readonly action: string;
}

/**
 * The repository that a call is about. As in AWS, permissions come before existence.
 * @throws ApiError AccessDeniedException or RepositoryNotFoundException
 */
export function accessRepository({ context, caller, registryId, name, action }: RepositoryAccess): Repository {
  const { principal } = caller;
  const request = { action, resource: repositoryArn(registryId, name) };
  authorize(caller, request);
  const repository = context.repositories.find(registryId, name);
  const isForeign = principal.accountId !== registryId.accountId;
  if (isForeign && repository?.sharedWith?.includes(principal.accountId) !== true) {
    throw new ApiError('AccessDeniedException', deniedText(principal, request, 'resource'));
  }
  if (repository === undefined) {
    throw new ApiError('RepositoryNotFoundException', missingText(registryId, name));
  }
  return repository;
}
