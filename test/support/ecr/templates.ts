import { at } from '../../../src/json.ts';
import type { Call, Context } from './context.ts';
import type { RegistryId } from './names.ts';
import { authorize } from './principals.ts';
import type { Repository } from './repositories.ts';
import { describeSettings, type RepositorySettings } from './repository-settings.ts';

/** A repository creation template: what repositories are like that ECR creates by itself. */
export interface CreationTemplate extends RepositorySettings {
  /** What names begin with, before a slash; ROOT for all that no other template is for. */
  readonly prefix: string;
  readonly appliedFor: readonly ('CREATE_ON_PUSH' | 'PULL_THROUGH_CACHE' | 'REPLICATION')[];
  /** Default: every account. */
  readonly accountId?: string;
  /** Default: every region. */
  readonly region?: string;
}

/** Answers DescribeRepositoryCreationTemplates. Source: ECR API. */
export async function describeTemplates(call: Call): Promise<object> {
  const { context, principal, region, input } = call;
  authorize(call, { action: 'ecr:DescribeRepositoryCreationTemplates', resource: '*' });
  const prefixes = at(input, 'prefixes');
  const registryId = { accountId: principal.accountId, region };
  const found = templatesOf(context, registryId).filter(
    ({ prefix }) => !Array.isArray(prefixes) || prefixes.includes(prefix),
  );
  const repositoryCreationTemplates = found.map(({ prefix, appliedFor, ...settings }) => {
    const { tags = {}, lifecyclePolicyText, policyText } = settings;
    return {
      prefix,
      appliedFor,
      ...describeSettings(settings),
      resourceTags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      ...(lifecyclePolicyText === undefined ? {} : { lifecyclePolicy: lifecyclePolicyText }),
      ...(policyText === undefined ? {} : { repositoryPolicy: policyText }),
    };
  });
  return { registryId: principal.accountId, repositoryCreationTemplates };
}

/**
 * Creates what a push asks for and does not find, when a template is for that. It takes no permission but the push's own
 * (aws/containers-roadmap#853).
 */
export function createOnPush(context: Context, registryId: RegistryId, name: string): Repository | undefined {
  const template = templatesOf(context, registryId)
    .filter(({ prefix, appliedFor }) => appliedFor.includes('CREATE_ON_PUSH') && covers(prefix, name))
    .sort((one, other) => rank(other) - rank(one))[0];
  if (template === undefined) {
    return undefined;
  }
  const { prefix: _, appliedFor: __, ...settings } = template;
  return context.repositories.add({ ...settings, ...registryId, name });
}

function templatesOf({ templates }: Context, { accountId, region }: RegistryId): readonly CreationTemplate[] {
  return templates.filter((one) => (one.accountId ?? accountId) === accountId && (one.region ?? region) === region);
}

function covers(prefix: string, name: string): boolean {
  return prefix === 'ROOT' || name.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** The longest prefix wins, and ROOT is the last. */
function rank({ prefix }: CreationTemplate): number {
  return prefix === 'ROOT' ? 0 : prefix.length;
}
