import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  ECRPUBLICClient,
  RepositoryAlreadyExistsException,
} from '@aws-sdk/client-ecr-public';
import { Failure } from '../failure.ts';
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
 * @throws Failure `ecr-…`, `repository-create-failed`
 */
export async function createPublicRepository(
  { host, repository }: Repository,
  { settings, registries }: { settings: RepositorySettings; registries: Registries },
): Promise<boolean> {
  const scope = tokenScope(host, registries.region);
  const client = new ECRPUBLICClient(registries.options(scope));
  const repositoryName = repository.slice(repository.indexOf('/') + 1);
  const { tags } = settings.create;
  const { region, service } = scope;
  try {
    const { repository: created } = await client.send(
      new CreateRepositoryCommand({ repositoryName, ...(tags === undefined ? {} : { tags }) }),
    );
    if (created?.repositoryUri?.endsWith(`/${repository}`) === false) {
      await client.send(new DeleteRepositoryCommand({ repositoryName })).catch(() => undefined);
      throw foreignAlias(`${host}/${repository}`, created.repositoryUri);
    }
    return true;
  } catch (error) {
    if (error instanceof RepositoryAlreadyExistsException) {
      return false;
    }
    throw explainAwsError(error, {
      action: `${service}:CreateRepository`,
      region,
      source: registries.credentials.name,
    });
  }
}

/** A repository comes to be in the registry of who asks, whatever alias the image has. */
function foreignAlias(name: string, own: string): Failure {
  return new Failure({
    code: 'repository-create-failed',
    message: `There is no repository ${name}, and it cannot be created: this identity's own registry is ${own.replace(/\/[^/]*$/, '')}.`,
    hint: 'Correct the alias in imageRegistryPath, or create the repository with the account that has it.',
  });
}
