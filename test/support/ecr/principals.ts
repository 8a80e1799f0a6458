import { randomBytes } from 'node:crypto';
import { ApiError } from './errors.ts';
import { matchesWildcard } from './names.ts';
import { allows, type Request } from './policy.ts';

/** What an identity may do. Everything, unless something is given here. */
export interface Permissions {
  /** Actions without permission, for example "ecr:PutImage"; * stands for any characters. */
  readonly denied?: readonly string[];
  /** The only actions with permission, for any resource; * stands for any characters. */
  readonly allowed?: readonly string[];
  /** An IAM policy document, as JSON.parse gives it, in the place of `allowed`. Conditions are not evaluated. */
  readonly policy?: unknown;
}

/** An IAM user of an account, with its access key. */
export interface Account extends Permissions {
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
}

/** Whoever signs requests: an IAM user or the session of a role. */
export interface Principal {
  readonly accountId: string;
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly expired: boolean;
  readonly permissions: Permissions;
}

export interface RoleSession {
  readonly accountId: string;
  /** "arn:aws:sts::A:assumed-role/ROLE/SESSION" */
  readonly arn: string;
  readonly permissions: Permissions;
}

export interface Principals {
  find(accessKeyId: string): Principal | undefined;
  /** Gives the session of a role credentials of its own. */
  addSession(session: RoleSession): Principal & { readonly sessionToken: string };
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

function userOf({ user = 'ci', ...account }: Account): Principal {
  const { accountId, accessKeyId, secretAccessKey, sessionToken, expired = false } = account;
  const arn = `arn:aws:iam::${accountId}:user/${user}`;
  return { accountId, accessKeyId, secretAccessKey, sessionToken, expired, arn, permissions: account };
}

/** Who asks, and the note of which actions that needs. */
export interface Caller {
  readonly principal: Principal;
  /** Every action that is checked is added, refused ones too. */
  readonly needed: string[];
}

/** What AWS says against an action, or undefined when the caller has the permission. */
export function refusal({ principal, needed }: Caller, request: Request): string | undefined {
  needed.push(request.action);
  return isPermitted(principal, request) ? undefined : deniedText(principal, request, 'identity');
}

function isPermitted({ permissions: { denied = [], allowed, policy } }: Principal, request: Request): boolean {
  if (denied.some((pattern) => matchesWildcard(pattern, request.action))) {
    return false;
  }
  if (policy !== undefined) {
    return allows(policy, request);
  }
  return allowed === undefined || allowed.some((pattern) => matchesWildcard(pattern, request.action));
}

/** AWS's usual sentence; a resource-based policy is what lets another account in. */
export function deniedText({ arn }: Principal, request: Request, policy: 'identity' | 'resource'): string {
  const { action, resource } = request;
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no ${policy}-based policy allows the ${action} action`;
}

/** @throws ApiError AccessDeniedException */
export function authorize(caller: Caller, request: Request): void {
  const text = refusal(caller, request);
  if (text !== undefined) {
    throw new ApiError('AccessDeniedException', text);
  }
}
