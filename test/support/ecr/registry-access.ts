import type { Context } from './context.ts';
import type { Arrival, Entrance, OpenedRepository } from './entrance.ts';
import { Challenge, RegistryRefusal } from './errors.ts';
import { basicCredentials } from './log.ts';
import { type RegistryId, repositoryArn } from './names.ts';
import type { Place } from './places.ts';
import { deniedText, refusal } from './principals.ts';
import { immutableText, isImmutableTag, missingText, type Repository } from './repositories.ts';
import { createOnPush } from './templates.ts';
import type { Token } from './tokens.ts';

/**
 * Checks who asks a private registry: only the user AWS, with a password that was minted here and is not too old.
 * @throws RegistryRefusal
 * @throws Challenge
 */
export function enterPrivate(arrival: Arrival, place: Exclude<Place, { kind: 'public' }>): Entrance {
  const { context, entry } = arrival;
  const { principal, region } = authenticate(arrival, place);
  entry.caller = principal.arn;
  const registryId = place.kind === 'private' ? place.registryId : { accountId: principal.accountId, region };
  return {
    open: ({ repository: name }, actions) => {
      const repository = context.repositories.find(registryId, name);
      const isForeign = principal.accountId !== registryId.accountId;
      const isShared = repository?.sharedWith?.includes(principal.accountId) === true;
      for (const action of actions) {
        const permission = { action: `ecr:${action}`, resource: repositoryArn(registryId, name) };
        const text =
          refusal({ principal, needed: entry.actions }, permission) ??
          (isForeign && !isShared ? deniedText(principal, permission, 'resource') : undefined);
        if (text !== undefined) {
          throw new RegistryRefusal(403, 'DENIED', text);
        }
      }
      const isPush = actions.includes('InitiateLayerUpload') || actions.includes('PutImage');
      const opened = repository ?? (isPush ? createOnPush(context, registryId, name) : undefined);
      if (opened === undefined) {
        throw new RegistryRefusal(404, 'NAME_UNKNOWN', missingText(registryId, name));
      }
      return describe(opened, registryId, context);
    },
  };
}

/** What ECR says to a token that is too old, in its private registries and its public one. */
export const EXPIRED = 'Your authorization token has expired. Reauthenticate and try again.';

function authenticate({ request, context: { tokens } }: Arrival, place: Place): Token {
  const credentials = basicCredentials(request.headers.authorization);
  const token = credentials?.user === 'AWS' ? tokens.find('ecr', credentials.password) : undefined;
  // A token opens the registries of one region; what ECR answers in another one is not documented.
  if (token === undefined || (place.kind === 'private' && place.registryId.region !== token.region)) {
    throw new Challenge(`Basic realm="https://${request.headers.host}/",service="ecr.amazonaws.com"`);
  }
  if (token.expiresAt <= Date.now()) {
    throw new RegistryRefusal(403, 'DENIED', EXPIRED);
  }
  return token;
}

function describe(repository: Repository, registryId: RegistryId, context: Context): OpenedRepository {
  const { blobMounting, repositories } = context;
  return {
    name: repository.name,
    storage: repository.storage,
    refuseMove: (tag) => (isImmutableTag(repository, tag) ? immutableText(repository, tag) : undefined),
    mountSource: (name) => (blobMounting ? repositories.find(registryId, name)?.storage : undefined),
  };
}
