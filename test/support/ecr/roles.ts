import { numberAt, parseJson, textAt } from '../../../src/json.ts';
import { ApiError } from './errors.ts';
import { matchesWildcard } from './names.ts';
import type { Permissions, Principal, Principals } from './principals.ts';

/** A role that may be assumed, and by whom. */
export interface Role extends Permissions {
  /** "arn:aws:iam::A:role/NAME" */
  readonly arn: string;
  /** Accounts whose users may assume it. */
  readonly trustedAccounts?: readonly string[];
  /** What they have to give as external id. Default: it does not matter */
  readonly externalId?: string;
  /** What the name of the session has to be; * stands for any characters. Default: it does not matter */
  readonly sessionName?: string;
  /** Tokens of an identity provider that may assume it, by their claims; * stands for any characters. */
  readonly webIdentity?: {
    readonly subject: string;
    /** Default: sts.amazonaws.com */
    readonly audience?: string;
    /** Default: it does not matter */
    readonly issuer?: string;
  };
  /** Whether the account knows the identity provider. Default: true */
  readonly hasProvider?: boolean;
  /** Default: 3600, as in IAM. */
  readonly maxSessionSeconds?: number;
}

export interface Assumption {
  readonly roles: readonly Role[];
  /** The parameters of the request. */
  readonly form: URLSearchParams;
}

/**
 * Finds the role that a principal may assume.
 * @throws ApiError AccessDenied, with the same words for a role that is not there and one that does not trust the caller
 */
export function roleForPrincipal(principal: Principal, { roles, form }: Assumption): Role {
  const arn = form.get('RoleArn');
  const role = roles.find((one) => one.arn === arn && one.trustedAccounts?.includes(principal.accountId) === true);
  const isTrusted =
    role !== undefined &&
    (role.externalId === undefined || role.externalId === form.get('ExternalId')) &&
    (role.sessionName === undefined || matchesWildcard(role.sessionName, form.get('RoleSessionName') ?? ''));
  if (!isTrusted) {
    throw new ApiError('AccessDenied', assumeRefusedText(principal, arn ?? ''), 403);
  }
  return role;
}

/** What STS says when a role cannot be assumed, whatever the reason. */
export function assumeRefusedText({ arn }: Principal, roleArn: string): string {
  return `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
}

/**
 * Finds the role that a token may assume. Only its claims are read: no key of an issuer exists here.
 * @throws ApiError AccessDenied, InvalidIdentityToken, ExpiredTokenException
 */
export function roleForWebIdentity({ roles, form }: Assumption): Role {
  const claims = claimsOf(form.get('WebIdentityToken') ?? '');
  const role = roles.find(({ arn }) => arn === form.get('RoleArn'));
  if (role?.hasProvider === false) {
    const text = `No OpenIDConnect provider found in your account for ${textAt(claims, 'iss')}`;
    throw new ApiError('InvalidIdentityToken', text);
  }
  const { subject, audience = 'sts.amazonaws.com', issuer } = role?.webIdentity ?? {};
  if (
    role === undefined ||
    subject === undefined ||
    !matchesWildcard(subject, textAt(claims, 'sub') ?? '') ||
    (issuer !== undefined && issuer !== textAt(claims, 'iss'))
  ) {
    throw new ApiError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  if (textAt(claims, 'aud') !== audience) {
    throw new ApiError('InvalidIdentityToken', 'Incorrect token audience');
  }
  const expires = numberAt(claims, 'exp');
  if (expires !== undefined && expires * 1000 <= Date.now()) {
    throw new ApiError('ExpiredTokenException', 'Token expired: it must be used before its expiration time');
  }
  return role;
}

export interface SessionRequest {
  readonly role: Role;
  readonly name: string;
  readonly principals: Principals;
}

/** Gives a role's session credentials of its own. */
export function openSession({ role, name, principals }: SessionRequest): Principal & { readonly sessionToken: string } {
  const [, partition = '', , , accountId = ''] = role.arn.split(':');
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${role.arn.split('/').at(-1)}/${name}`;
  return principals.addSession({ accountId, arn, permissions: role });
}

function claimsOf(token: string): unknown {
  try {
    return parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    throw new ApiError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  }
}
