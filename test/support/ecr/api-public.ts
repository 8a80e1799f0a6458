import { at, textAt } from '../../../src/json.ts';
import type { Call, Context } from './context.ts';
import { ApiError } from './errors.ts';
import { publicRepositoryArn } from './names.ts';
import { authorize } from './principals.ts';
import type { PublicRepository } from './public-repositories.ts';
import { missingText } from './repositories.ts';
import { authorizationOf } from './tokens.ts';

type Operation = (call: Call) => object;

/** The actions of Amazon ECR Public's API that the stand-in knows. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DescribeRegistries: describeRegistries,
  DescribeRepositories: describeRepositories,
  GetAuthorizationToken: getAuthorizationToken,
};

/** What X-Amz-Target starts with in requests to Amazon ECR Public. */
export const PUBLIC_TARGET = 'SpencerFrontendService.';

/** The only region that has this API. */
const REGION = 'us-east-1';

/**
 * Answers an action of the API.
 * @returns the body of the answer, to be sent as JSON
 * @throws ApiError
 */
export async function callEcrPublic(action: string, call: Call): Promise<object> {
  if (call.region !== REGION) {
    throw new ApiError('UnsupportedCommandException', `${action} command is only supported in ${REGION}.`);
  }
  const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
  if (operation === undefined) {
    throw new ApiError('UnknownOperationException', `The stand-in for ECR Public does not know the action ${action}`);
  }
  return operation(call);
}

function getAuthorizationToken(call: Call): object {
  authorize(call, { action: 'ecr-public:GetAuthorizationToken', resource: '*' });
  authorize(call, { action: 'sts:GetServiceBearerToken', resource: '*' });
  const token = call.context.tokens.mint(call.principal, { service: 'ecr-public', region: REGION });
  return { authorizationData: authorizationOf(token) };
}

function describeRegistries(call: Call): object {
  const { context, principal } = call;
  const { accountId } = principal;
  authorize(call, { action: 'ecr-public:DescribeRegistries', resource: '*' });
  const [first = '', ...others] = context.publicRepositories.aliases(accountId);
  const aliases = [first, ...others].map((name) => ({
    name,
    status: 'ACTIVE',
    primaryRegistryAlias: name === first,
    defaultRegistryAlias: name === first,
  }));
  const registryUri = `${context.publicHost}/${first}`;
  const registryArn = `arn:aws:ecr-public::${accountId}:registry/${accountId}`;
  return { registries: [{ registryId: accountId, registryArn, registryUri, verified: false, aliases }] };
}

function describeRepositories(call: Call): object {
  const { context, principal, input } = call;
  const accountId = textAt(input, 'registryId') ?? principal.accountId;
  const names = at(input, 'repositoryNames');
  const list = context.publicRepositories.list(accountId);
  const asked = Array.isArray(names) ? names.map(String) : undefined;
  for (const name of asked ?? ['*']) {
    const resource = publicRepositoryArn(accountId, name);
    authorize(call, { action: 'ecr-public:DescribeRepositories', resource });
  }
  const missing = asked?.find((name) => !list.some((one) => one.name === name));
  if (missing !== undefined) {
    throw new ApiError('RepositoryNotFoundException', missingText({ accountId }, missing));
  }
  const found = asked === undefined ? list : list.filter(({ name }) => asked.includes(name));
  return { repositories: found.map((one) => describe(context, one)) };
}

function createRepository(call: Call): object {
  const { context, principal, input } = call;
  const { accountId } = principal;
  const name = textAt(input, 'repositoryName') ?? '';
  authorize(call, { action: 'ecr-public:CreateRepository', resource: publicRepositoryArn(accountId, name) });
  const { publicRepositories } = context;
  if (publicRepositories.list(accountId).some((one) => one.name === name)) {
    const text = `The repository with name '${name}' already exists in the registry with id '${accountId}'`;
    throw new ApiError('RepositoryAlreadyExistsException', text);
  }
  const [alias = ''] = publicRepositories.aliases(accountId);
  const repository = publicRepositories.add({ alias, accountId, name });
  return { repository: describe(context, repository), catalogData: at(input, 'catalogData') ?? {} };
}

function deleteRepository(call: Call): object {
  const { context, principal, input } = call;
  const { accountId } = principal;
  const name = textAt(input, 'repositoryName') ?? '';
  authorize(call, { action: 'ecr-public:DeleteRepository', resource: publicRepositoryArn(accountId, name) });
  context.publicRepositories.remove({ accountId, name });
  return {};
}

function describe({ publicHost }: Context, { accountId, alias, name, createdAt }: PublicRepository): object {
  return {
    repositoryArn: publicRepositoryArn(accountId, name),
    registryId: accountId,
    repositoryName: name,
    repositoryUri: `${publicHost}/${alias}/${name}`,
    createdAt: createdAt / 1000,
  };
}
