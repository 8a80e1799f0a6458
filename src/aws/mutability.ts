import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { parseEcrHost } from '../plan/ecr-host.ts';
import type { Reference } from '../plan/reference.ts';
import { openEcr } from './ecr.ts';
import type { Registries } from './login.ts';

/**
 * Whether a tag can be written again in its repository; a cache in an immutable one could be exported just once.
 * @returns undefined when ECR does not say, for example because asking is not allowed
 */
export async function isTagMutable(reference: Reference, registries: Registries): Promise<boolean | undefined> {
  const { account, region = registries.region } = parseEcrHost(reference.host) ?? {};
  const client = openEcr({ region, credentials: registries.credentials });
  const command = new DescribeRepositoriesCommand({
    repositoryNames: [reference.repository],
    ...(account === undefined ? {} : { registryId: account }),
  });
  const { repositories = [] } = await client.send(command).catch(() => ({ repositories: [] }));
  const { imageTagMutability, imageTagMutabilityExclusionFilters = [] } = repositories[0] ?? {};
  const excluded = imageTagMutabilityExclusionFilters.some(({ filter = '' }) => matches(filter, reference.tag));
  switch (imageTagMutability) {
    case 'MUTABLE':
      return true;
    case 'IMMUTABLE':
      return false;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return !excluded;
    default:
      return undefined;
  }
}

/** Source: ECR API, ImageTagMutabilityExclusionFilter: `*` stands for any characters. */
function matches(filter: string, tag: string): boolean {
  const pattern = filter
    .split('*')
    .map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(tag);
}
