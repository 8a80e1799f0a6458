import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import type { Entry } from './log.ts';
import { type Principal, refusal } from './principals.ts';
import { assumeRefusedText, openSession, type Role, roleForPrincipal, roleForWebIdentity } from './roles.ts';
import { type SignedRequest, verifySignature } from './sigv4.ts';

/** STS has other names for what is wrong with a signature, and another status. */
const STS_NAMES: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  ExpiredTokenException: 'ExpiredToken',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
};

export interface XmlAnswer {
  readonly status: number;
  readonly xml: string;
}

export interface StsRequest {
  readonly request: SignedRequest;
  readonly context: Context;
  /** Learns who asks and what was checked. */
  readonly entry: Entry;
}

/** Answers an action of the Query API of AWS STS, refusals included. */
export function callSts({ request, context, entry }: StsRequest): XmlAnswer {
  const form = new URLSearchParams(request.body.toString());
  const action = form.get('Action') ?? '';
  try {
    const result = answer({ action, form, request, context, entry });
    return { status: 200, xml: element(`${action}Response`, element(`${action}Result`, result)) };
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    const details = { Type: 'Sender', Code: error.type, Message: error.message };
    return { status: error.status, xml: element('ErrorResponse', element('Error', elements(details))) };
  }
}

interface StsCall extends StsRequest {
  readonly action: string;
  readonly form: URLSearchParams;
}

function answer(call: StsCall): string {
  const { action, form, context, entry } = call;
  if (action === 'AssumeRoleWithWebIdentity') {
    entry.actions.push('sts:AssumeRoleWithWebIdentity');
    return sessionOf(roleForWebIdentity({ roles: context.roles, form }), call);
  }
  const principal = verify(call);
  entry.caller = principal.arn;
  if (action === 'GetCallerIdentity') {
    return elements({ Arn: principal.arn, UserId: principal.accessKeyId, Account: principal.accountId });
  }
  if (action === 'AssumeRole') {
    const resource = form.get('RoleArn') ?? '';
    if (refusal({ principal, needed: entry.actions }, { action: 'sts:AssumeRole', resource }) !== undefined) {
      throw new ApiError('AccessDenied', assumeRefusedText(principal, resource), 403);
    }
    return sessionOf(roleForPrincipal(principal, { roles: context.roles, form }), call);
  }
  throw new ApiError('InvalidAction', `Could not find operation ${action} for version ${form.get('Version')}`);
}

function verify({ request, context }: StsCall): Principal {
  try {
    return verifySignature(request, { service: 'sts', principals: context.principals }).principal;
  } catch (error) {
    throw error instanceof ApiError ? new ApiError(STS_NAMES[error.type] ?? error.type, error.message, 403) : error;
  }
}

function sessionOf(role: Role, { form, context: { principals } }: StsCall): string {
  const name = form.get('RoleSessionName') ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    const text = `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`;
    throw new ApiError('ValidationError', text);
  }
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  if (seconds > (role.maxSessionSeconds ?? 3600)) {
    const text = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
    throw new ApiError('ValidationError', text);
  }
  const session = openSession({ role, name, principals });
  const credentials = {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
  };
  const user = { AssumedRoleId: `${session.accessKeyId}:${name}`, Arn: session.arn };
  return element('Credentials', elements(credentials)) + element('AssumedRoleUser', elements(user));
}

function elements(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => element(name, value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')))
    .join('');
}

function element(name: string, content: string): string {
  const namespace = /Response$/.test(name) ? ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"' : '';
  return `<${name}${namespace}>${content}</${name}>`;
}
