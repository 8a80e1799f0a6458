import { at, parseJson, textAt } from '../../../src/json.ts';
import { accessRepository, type Call } from './context.ts';
import { ApiError } from './errors.ts';
import type { Repository } from './repositories.ts';
import { invalid, readTags } from './repository-settings.ts';

export async function putLifecyclePolicy(call: Call): Promise<object> {
  const repository = named(call, 'ecr:PutLifecyclePolicy');
  const lifecyclePolicyText = textAt(call.input, 'lifecyclePolicyText') ?? '';
  if (!Array.isArray(at(jsonOf(lifecyclePolicyText), 'rules'))) {
    throw invalid('LifecyclePolicyText', 'Lifecycle policy validation failure: rules');
  }
  call.context.repositories.change(repository, { lifecyclePolicyText });
  return { ...describe(repository), lifecyclePolicyText };
}

export async function getLifecyclePolicy(call: Call): Promise<object> {
  const repository = named(call, 'ecr:GetLifecyclePolicy');
  const { lifecyclePolicyText, name, accountId } = repository;
  if (lifecyclePolicyText === undefined) {
    const text = `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`;
    throw new ApiError('LifecyclePolicyNotFoundException', text);
  }
  return { ...describe(repository), lifecyclePolicyText };
}

/** The policy is kept, not evaluated: which other accounts are let in is declared by `sharedWith`. */
export async function setRepositoryPolicy(call: Call): Promise<object> {
  const repository = named(call, 'ecr:SetRepositoryPolicy');
  const policyText = textAt(call.input, 'policyText') ?? '';
  if (at(jsonOf(policyText), 'Statement') === undefined) {
    throw invalid('PolicyText', 'Invalid repository policy provided');
  }
  call.context.repositories.change(repository, { policyText });
  return { ...describe(repository), policyText };
}

export async function getRepositoryPolicy(call: Call): Promise<object> {
  const repository = named(call, 'ecr:GetRepositoryPolicy');
  const { policyText, name, accountId } = repository;
  if (policyText === undefined) {
    const text = `Repository policy does not exist for the repository with name '${name}' in the registry with id '${accountId}'`;
    throw new ApiError('RepositoryPolicyNotFoundException', text);
  }
  return { ...describe(repository), policyText };
}

export async function tagResource(call: Call): Promise<object> {
  const repository = ofArn(call, 'ecr:TagResource');
  call.context.repositories.change(repository, { tags: { ...repository.tags, ...readTags(at(call.input, 'tags')) } });
  return {};
}

export async function listTagsForResource(call: Call): Promise<object> {
  const { tags = {} } = ofArn(call, 'ecr:ListTagsForResource');
  return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function named(call: Call, action: string): Repository {
  const { context, principal, region, input } = call;
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  return accessRepository({ context, caller: call, registryId, name: textAt(input, 'repositoryName') ?? '', action });
}

function ofArn(call: Call, action: string): Repository {
  const arn = textAt(call.input, 'resourceArn') ?? '';
  const [, region, accountId, name] = /^arn:[^:]+:ecr:([^:]+):(\d{12}):repository\/(.+)$/.exec(arn) ?? [];
  if (region !== call.region || accountId === undefined || name === undefined) {
    throw invalid('resourceArn', 'must be the ARN of a repository of this region');
  }
  return accessRepository({ context: call.context, caller: call, registryId: { accountId, region }, name, action });
}

function describe({ accountId, name }: Repository): object {
  return { registryId: accountId, repositoryName: name };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
