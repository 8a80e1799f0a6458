import { getIDToken } from '@actions/core';
import { Failure, messageOf } from '../failure.ts';
import { at, parseJson, textAt } from '../json.ts';
import { partitionOf } from '../plan/role.ts';
import type { Environment } from '../runner.ts';

/** Who a token is of and for. */
export interface Claims {
  readonly sub: string | undefined;
  readonly aud: string | undefined;
  readonly iss: string | undefined;
}

/** Whether the job may have a token: GitHub sets both variables with `id-token: write`. */
export function hasOidcToken(env: Environment): boolean {
  return Boolean(env.ACTIONS_ID_TOKEN_REQUEST_URL && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
}

/**
 * Asks GitHub for the token of this job. It is masked by the toolkit.
 * @param role ARN; the audience is that of its partition. Source: README of aws-actions/configure-aws-credentials
 * @throws Failure `oidc-token-missing`
 */
export async function getOidcToken(role: string): Promise<string> {
  const audience = partitionOf(role) === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com';
  try {
    return await getIDToken(audience);
  } catch (cause) {
    const said = messageOf(cause)
      .replaceAll(/Error message: ?/gi, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    throw new Failure({
      code: 'oidc-token-missing',
      message: `awsRoleArn: GitHub gave no OIDC token to this job: ${said}`,
      hint: 'Run the job again, and look at githubstatus.com. On a self-hosted runner, its network has to reach the address in ACTIONS_ID_TOKEN_REQUEST_URL.',
      cause,
    });
  }
}

/** Reads what a token says, without checking it. @returns undefined when it is no JWT */
export function readClaims(token: string): Claims | undefined {
  try {
    const payload = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const [first] = [at(payload, 'aud')].flat();
    return {
      sub: textAt(payload, 'sub'),
      aud: typeof first === 'string' ? first : undefined,
      iss: textAt(payload, 'iss'),
    };
  } catch {
    return undefined;
  }
}

/** What the job has to be allowed. Source: GitHub documentation, "OpenID Connect reference". */
export const ID_TOKEN_PERMISSION = 'permissions:\n  id-token: write\n  contents: read';

/** Nothing is there that the role could be assumed with. */
export function tokenNotAllowed(role: string, cause: unknown): Failure {
  return new Failure({
    code: 'oidc-permission-missing',
    message: `awsRoleArn: there is nothing to assume ${role} with: the job may not ask for an OIDC token, and this runner has no AWS credentials.`,
    hint: `Add this to the job (a called workflow needs it in the calling job, too):\n${ID_TOKEN_PERMISSION}`,
    cause,
  });
}

/** The words of STS about a token that it does not take, and where the token comes from. */
export interface TokenRefusal {
  readonly said: string;
  readonly role: string;
  readonly token: string;
  /** In words, such as "the OIDC token of this job". */
  readonly source: string;
}

/** STS gives no reason: what the token says, and what would have to trust it, do. */
export function explainTokenRefusal({ said, role, token, source }: TokenRefusal): { message: string; hint: string } {
  const { sub = '', aud = '', iss = '' } = readClaims(token) ?? {};
  const issuer = iss.replace(/^https:\/\//, '');
  const account = role.split(':')[4] ?? '';
  const provider = `arn:${partitionOf(role)}:iam::${account}:oidc-provider/${issuer}`;
  const message = `AWS does not let ${source} assume ${role}: ${said}. The token has sub ${JSON.stringify(sub)}, aud ${JSON.stringify(aud)}, iss ${JSON.stringify(iss)}.`;
  if (/No OpenIDConnect provider/i.test(said)) {
    return { message, hint: `Account ${account} needs the identity provider ${provider}, for the audience ${aud}.` };
  }
  if (/audience/i.test(said)) {
    return { message, hint: `Add the audience ${aud} to the identity provider ${provider}.` };
  }
  const condition = { StringEquals: { [`${issuer}:aud`]: aud, [`${issuer}:sub`]: sub } };
  const lines = [
    `The role has to exist, and its trust policy has to allow sts:AssumeRoleWithWebIdentity to ${provider} under values that fit the token, upper and lower case included:`,
    `"Condition": ${JSON.stringify(condition, undefined, 2)}`,
    /^repo:[^/:]+@\d+\//.test(sub)
      ? 'The sub of this repository has the ids of owner and repository (repo:org@ID/repo@ID:…), as in all that are younger than 2026-07-15: a policy with repo:org/repo:… does not fit.'
      : 'Repositories made or renamed since 2026-07-15 have a sub with ids (repo:org@ID/repo@ID:…), older ones one without.',
  ];
  return { message, hint: lines.join('\n') };
}
