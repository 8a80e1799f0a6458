import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  PutLifecyclePolicyCommand,
  paginateDescribeRepositoryCreationTemplates,
  RepositoryAlreadyExistsException,
  RepositoryNotFoundException,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { Failure } from '../failure.ts';
import { parseEcrHost, parsePrivateEcrHost } from '../plan/ecr-host.ts';
import type { KnownRepositories, RepositoryFacts } from '../plan/mutability.ts';
import { formatRepository, type Repository } from '../plan/reference.ts';
import type { RepositorySettings } from '../plan/repository-settings.ts';
import { tokenScope } from '../plan/token-scopes.ts';
import { explainAwsError } from './errors.ts';
import type { Registries } from './login.ts';

/** A repository, and who is asked about it. */
interface Target {
  readonly client: ECRClient;
  readonly region: string;
  /** The account that its host names; none for the caller's own. */
  readonly registryId: { readonly registryId?: string };
}

export function targetOf({ host }: Repository, { region, options }: Registries): Target {
  const scope = tokenScope(host, region);
  const account = parsePrivateEcrHost(host)?.account;
  const registryId = account === undefined ? {} : { registryId: account };
  return { client: new ECRClient(options(scope)), region: scope.region, registryId };
}

/** What ECR says of each repository, all of them asked at the same time; by `registry/repository`. */
export async function describeRepositories(
  repositories: readonly Repository[],
  registries: Registries,
): Promise<KnownRepositories> {
  const facts = repositories.map(
    async (repository) => [formatRepository(repository), await describeRepository(repository, registries)] as const,
  );
  return new Map(await Promise.all(facts));
}

/** Public repositories have tags that can always be moved, and nobody is asked about them. */
async function describeRepository(repository: Repository, registries: Registries): Promise<RepositoryFacts> {
  if (parseEcrHost(repository.host)?.kind === 'public') {
    return { kind: 'there', mutability: { setting: 'MUTABLE', exclusions: [] } };
  }
  const { client, registryId } = targetOf(repository, registries);
  const command = new DescribeRepositoriesCommand({ repositoryNames: [repository.repository], ...registryId });
  try {
    const { repositories = [] } = await client.send(command);
    const { imageTagMutability: setting, imageTagMutabilityExclusionFilters: filters = [] } = repositories[0] ?? {};
    return { kind: 'there', mutability: { setting, exclusions: filters.flatMap(({ filter }) => filter ?? []) } };
  } catch (error) {
    return error instanceof RepositoryNotFoundException
      ? { kind: 'missing', requestId: error.$metadata.requestId }
      : { kind: 'unknown' };
  }
}

/**
 * Whether ECR makes a missing repository by itself when something is pushed.
 * Source: ECR user guide, "Repository creation templates": the longest prefix counts, ROOT fits everything. ECR Public has none.
 * @returns undefined when asking is not allowed
 */
export async function isCreatedOnPush(repository: Repository, registries: Registries): Promise<boolean | undefined> {
  if (parseEcrHost(repository.host)?.kind === 'public') {
    return false;
  }
  const { client } = targetOf(repository, registries);
  try {
    const pages = paginateDescribeRepositoryCreationTemplates({ client }, {});
    const templates = (await Array.fromAsync(pages)).flatMap((page) => page.repositoryCreationTemplates ?? []);
    const fitting = templates.filter(
      ({ prefix = '' }) => prefix === 'ROOT' || repository.repository.startsWith(`${prefix.replace(/\/$/, '')}/`),
    );
    const [closest] = fitting.toSorted((a, b) => lengthOf(b.prefix) - lengthOf(a.prefix));
    return closest?.appliedFor?.some((use) => use === 'CREATE_ON_PUSH') ?? false;
  } catch {
    return undefined;
  }
}

function lengthOf(prefix = 'ROOT'): number {
  return prefix === 'ROOT' ? 0 : prefix.length;
}

/**
 * Creates a repository with its policies. Another leg of a matrix may do the same at this moment: then it is there, too.
 * A repository whose policies are refused does not stay: the next run would find it and leave it as it is.
 * @returns whether it was this step that has created it
 * @throws Failure `ecr-…`, `repository-create-failed`
 */
export async function createRepository(
  repository: Repository,
  { settings, registries }: { settings: RepositorySettings; registries: Registries },
): Promise<boolean> {
  if (parseEcrHost(repository.host)?.kind === 'public') {
    const { createPublicRepository } = await import('./public-repositories.ts');
    return createPublicRepository(repository, { settings, registries });
  }
  const { client, region, registryId } = targetOf(repository, registries);
  const source = registries.credentials.name;
  const name = { repositoryName: repository.repository, ...registryId };
  try {
    await client.send(new CreateRepositoryCommand({ ...name, ...settings.create }));
  } catch (error) {
    if (error instanceof RepositoryAlreadyExistsException) {
      return false;
    }
    throw explainAwsError(error, { action: 'ecr:CreateRepository', region, source });
  }
  try {
    await applyPolicies(client, { name, settings });
  } catch (cause) {
    const removed = await client.send(new DeleteRepositoryCommand(name)).then(
      () => true,
      () => false,
    );
    const action = 'ecr:PutLifecyclePolicy or ecr:SetRepositoryPolicy';
    const { message } = explainAwsError(cause, { action, region, source });
    throw new Failure({
      code: 'repository-create-failed',
      message: `repositorySettings: ${formatRepository(repository)} was created, but not with its policies: ${message}`,
      hint: removed
        ? 'It was removed again. Correct the policies or the permissions (ecr:PutLifecyclePolicy, ecr:SetRepositoryPolicy), and run the job again.'
        : 'It is still there, without them: remove it by hand, because settings are applied only when a repository is created.',
      cause,
    });
  }
  return true;
}

async function applyPolicies(
  client: ECRClient,
  { name, settings }: { name: { repositoryName: string; registryId?: string }; settings: RepositorySettings },
): Promise<void> {
  const { lifecyclePolicy, policy } = settings;
  if (lifecyclePolicy !== undefined) {
    await client.send(new PutLifecyclePolicyCommand({ ...name, lifecyclePolicyText: lifecyclePolicy }));
  }
  if (policy !== undefined) {
    await client.send(new SetRepositoryPolicyCommand({ ...name, policyText: policy }));
  }
}
