import { CreateRepositoryCommand, ECRPUBLICClient, RepositoryAlreadyExistsException } from '@aws-sdk/client-ecr-public';
import type { Repository } from '../plan/reference.ts';
import type { RepositorySettings } from '../plan/repository-settings.ts';
import { tokenScope } from '../plan/token-scopes.ts';
import { explainAwsError } from './errors.ts';
import type { Registries } from './login.ts';

/**
 * Creates a repository in the caller's registry of ECR Public. Of the settings it can have the tags only.
 * Source: ECR Public API, CreateRepository.
 * @param repository its name begins with the alias of the registry
 * @returns whether it was this step that has created it
 * @throws Failure `ecr-…`
 */
export async function createPublicRepository(
  { host, repository }: Repository,
  { settings, registries }: { settings: RepositorySettings; registries: Registries },
): Promise<boolean> {
  const scope = tokenScope(host, registries.region);
  const client = new ECRPUBLICClient(registries.options(scope));
  const repositoryName = repository.slice(repository.indexOf('/') + 1);
  const { tags } = settings.create;
  try {
    await client.send(new CreateRepositoryCommand({ repositoryName, ...(tags === undefined ? {} : { tags }) }));
    return true;
  } catch (error) {
    if (error instanceof RepositoryAlreadyExistsException) {
      return false;
    }
    const { region, service } = scope;
    throw explainAwsError(error, {
      action: `${service}:CreateRepository`,
      region,
      source: registries.credentials.name,
    });
  }
}
