import { parseJson, textAt } from '../../../src/json.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import { matchesWildcard } from './names.ts';
import type { Principal } from './principals.ts';
import { type SignedRequest, verifySignature } from './sigv4.ts';

/** A role that may be assumed. */
export interface Role {
  /** "arn:aws:iam::A:role/NAME" */
  readonly arn: string;
  /** Accounts whose users may assume it. */
  readonly trustedAccounts?: readonly string[];
  /** Web identity tokens that may assume it, by their claims; * stands for any characters. Default audience: sts.amazonaws.com */
  readonly webIdentity?: { readonly subject: string; readonly audience?: string };
  /** Actions without permission, for example "ecr:PutImage". */
  readonly denied?: readonly string[];
}

/** STS has other names for some refusals, and another status. */
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

/** Answers an action of the Query API of AWS STS, refusals included. */
export function callSts(request: SignedRequest, context: Context): XmlAnswer {
  const form = new URLSearchParams(request.body.toString());
  const action = form.get('Action') ?? '';
  try {
    const result = answer({ action, form, request, context });
    return { status: 200, xml: element(`${action}Response`, element(`${action}Result`, result)) };
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    const code = STS_NAMES[error.type];
    const details = { Type: 'Sender', Code: code ?? error.type, Message: error.message };
    return {
      status: code === undefined ? error.status : 403,
      xml: element('ErrorResponse', element('Error', elements(details))),
    };
  }
}

interface StsCall {
  readonly action: string;
  readonly form: URLSearchParams;
  readonly request: SignedRequest;
  readonly context: Context;
}

function answer({ action, form, request, context }: StsCall): string {
  if (action === 'AssumeRoleWithWebIdentity') {
    return sessionOf(roleForWebIdentity(form, context), form, context);
  }
  const { principal } = verifySignature(request, { service: 'sts', principals: context.principals });
  if (action === 'GetCallerIdentity') {
    return elements({ Arn: principal.arn, UserId: principal.accessKeyId, Account: principal.accountId });
  }
  if (action === 'AssumeRole') {
    return sessionOf(roleForPrincipal(principal, form, context), form, context);
  }
  throw new ApiError('InvalidAction', `Could not find operation ${action} for version ${form.get('Version')}`);
}

function roleForPrincipal(principal: Principal, form: URLSearchParams, { roles }: Context): Role {
  const arn = form.get('RoleArn');
  const role = roles.find((one) => one.arn === arn && one.trustedAccounts?.includes(principal.accountId) === true);
  if (role === undefined || principal.denied.includes('sts:AssumeRole')) {
    const text = `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    throw new ApiError('AccessDenied', text, 403);
  }
  return role;
}

/** Reads the claims only: who signed the token is not checked, as no key of an issuer exists here. */
function roleForWebIdentity(form: URLSearchParams, { roles }: Context): Role {
  const claims = claimsOf(form.get('WebIdentityToken') ?? '');
  const role = roles.find(({ arn }) => arn === form.get('RoleArn'));
  if (role?.webIdentity === undefined || !matchesWildcard(role.webIdentity.subject, textAt(claims, 'sub') ?? '')) {
    throw new ApiError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  if (textAt(claims, 'aud') !== (role.webIdentity.audience ?? 'sts.amazonaws.com')) {
    throw new ApiError('InvalidIdentityToken', 'Incorrect token audience');
  }
  return role;
}

function claimsOf(token: string): unknown {
  try {
    return parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    throw new ApiError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  }
}

function sessionOf({ arn: roleArn, denied = [] }: Role, form: URLSearchParams, { principals }: Context): string {
  const [, partition = '', , , accountId = ''] = roleArn.split(':');
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${form.get('RoleSessionName')}`;
  const session = principals.addSession({ accountId, arn, denied });
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  const credentials = {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken ?? '',
    Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
  };
  const user = { AssumedRoleId: `${session.accessKeyId}:${form.get('RoleSessionName')}`, Arn: arn };
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
