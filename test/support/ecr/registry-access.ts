import type { IncomingMessage } from 'node:http';
import type { Context } from './context.ts';
import { RegistryRefusal } from './errors.ts';
import { basicCredentials } from './exchange.ts';
import { type RegistryId, registryOfHost, repositoryArn } from './names.ts';
import { deniedText, refusal } from './principals.ts';
import type { RegistryPath } from './registry-path.ts';
import { missingText, type Repository } from './repositories.ts';
import type { Token } from './tokens.ts';

/**
 * Checks who asks the registry: only the user AWS, with a password that was minted here and is not too old.
 * @throws RegistryRefusal; code UNAUTHORIZED stands for the challenge
 */
export function authenticate(request: IncomingMessage, { tokens }: Context): Token {
  const credentials = basicCredentials(request.headers.authorization);
  const token = credentials?.user === 'AWS' ? tokens.find(credentials.password) : undefined;
  const named = registryOfHost(request.headers.host ?? '');
  // A token opens the registries of one region; what ECR answers in another one is not documented.
  if (token === undefined || (named !== undefined && named.region !== token.region)) {
    throw new RegistryRefusal(401, 'UNAUTHORIZED', 'Not Authorized');
  }
  if (token.expiresAt <= Date.now()) {
    const text = 'Your authorization token has expired. Reauthenticate and try again.';
    throw new RegistryRefusal(403, 'DENIED', text);
  }
  return token;
}

/** The registry that a request is for: the one its host names; on loopback the own one of whoever has the token. */
export function registryAsked(request: IncomingMessage, { principal, region }: Token): RegistryId {
  return registryOfHost(request.headers.host ?? '') ?? { accountId: principal.accountId, region };
}

export interface RegistryAccess {
  readonly context: Context;
  readonly token: Token;
  readonly registryId: RegistryId;
  readonly path: RegistryPath;
  /** Without prefix: "PutImage". */
  readonly action: string;
}

/**
 * The repository that a request is about. As in AWS, permissions come before existence.
 * @throws RegistryRefusal DENIED or NAME_UNKNOWN
 */
export function openRepository({ context, token, registryId, path, action }: RegistryAccess): Repository {
  const { principal } = token;
  const permission = { principal, action: `ecr:${action}`, resource: repositoryArn(registryId, path.repository) };
  const repository = context.repositories.find(registryId, path.repository);
  const isForeign = principal.accountId !== registryId.accountId;
  const isShared = repository?.sharedWith?.includes(principal.accountId) === true;
  const text = refusal(permission) ?? (isForeign && !isShared ? deniedText(permission, 'resource') : undefined);
  if (text !== undefined) {
    throw new RegistryRefusal(403, 'DENIED', text);
  }
  if (repository === undefined) {
    throw new RegistryRefusal(404, 'NAME_UNKNOWN', missingText(registryId, path.repository));
  }
  return repository;
}
