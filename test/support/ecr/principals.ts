import { randomBytes } from 'node:crypto';
import { ApiError } from './errors.ts';

/** An IAM user of an account, with its access key. */
export interface Account {
  /** Twelve digits. */
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** A key with a session token is refused without it. */
  readonly sessionToken?: string;
  /** Name of the user in ARNs. Default: ci */
  readonly user?: string;
  /** The key was valid once: temporary credentials that are too old. */
  readonly expired?: boolean;
  /** Actions without permission, for example "ecr:GetAuthorizationToken". */
  readonly denied?: readonly string[];
}

/** Whoever signs requests: an IAM user or the session of a role. */
export interface Principal {
  readonly accountId: string;
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly expired: boolean;
  readonly denied: readonly string[];
}

export interface RoleSession {
  readonly accountId: string;
  /** "arn:aws:sts::A:assumed-role/ROLE/SESSION" */
  readonly arn: string;
  readonly denied: readonly string[];
}

export interface Principals {
  find(accessKeyId: string): Principal | undefined;
  /** Gives the session of a role credentials of its own. */
  addSession(session: RoleSession): Principal;
}

export function createPrincipals(accounts: readonly Account[]): Principals {
  const known = new Map<string, Principal>(accounts.map((account) => [account.accessKeyId, userOf(account)]));
  return {
    find: (accessKeyId) => known.get(accessKeyId),
    addSession: (session) => {
      const principal = {
        ...session,
        // Shaped like AWS's own, yet impossible there: theirs have no digit 0 or 1.
        accessKeyId: `ASIA0FAKE0${randomBytes(5).toString('hex').toUpperCase()}`,
        secretAccessKey: `fake-secret-${randomBytes(14).toString('hex')}`,
        sessionToken: `fake-session-${randomBytes(60).toString('base64')}`,
        expired: false,
      };
      known.set(principal.accessKeyId, principal);
      return principal;
    },
  };
}

function userOf({ user = 'ci', sessionToken, expired = false, denied = [], ...account }: Account): Principal {
  return { ...account, sessionToken, expired, denied, arn: `arn:aws:iam::${account.accountId}:user/${user}` };
}

export interface Permission {
  readonly principal: Principal;
  /** With the prefix of its service: "ecr:PutImage". */
  readonly action: string;
  /** An ARN, or * for actions that have none. */
  readonly resource: string;
}

/** What AWS says against an action, or undefined when the principal has the permission. */
export function refusal({ principal, action, resource }: Permission): string | undefined {
  if (!principal.denied.includes(action)) {
    return undefined;
  }
  return deniedText({ principal, action, resource }, 'identity');
}

/** AWS's usual sentence; a resource-based policy is what lets another account in. */
export function deniedText({ principal, action, resource }: Permission, policy: 'identity' | 'resource'): string {
  return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no ${policy}-based policy allows the ${action} action`;
}

/** @throws ApiError AccessDeniedException */
export function authorize(permission: Permission): void {
  const text = refusal(permission);
  if (text !== undefined) {
    throw new ApiError('AccessDeniedException', text);
  }
}
