import type { FromIniInit } from '@aws-sdk/credential-provider-ini';
import { Failure, messageOf } from '../failure.ts';
import { textAt } from '../json.ts';
import type { Role } from '../plan/role.ts';
import type { Environment } from '../runner.ts';
import { explainAwsError, requestOf } from './errors.ts';
import { explainTokenRefusal, ID_TOKEN_PERMISSION, tokenNotAllowed } from './oidc.ts';
import { assumeRole, assumeRoleByToken, type Keys, keySecrets, type RoleKeys, type RoleRequest } from './sts.ts';

/** The ways to assume a role. */
export interface Roles {
  /** With keys. @throws Failure `credentials-…`, `oidc-permission-missing`, `ecr-…` */
  assume(role: Role, own: OwnKeys): Promise<RoleKeys>;
  /** With a token of who the job is. @throws Failure `oidc-refused`, `ecr-…` */
  assumeByToken(role: RoleRequest, token: { readonly token: string; readonly name: string }): Promise<RoleKeys>;
  /** The same for the roles of profiles and of the environment. */
  readonly assumers: Pick<FromIniInit, 'roleAssumer' | 'roleAssumerWithWebIdentity'>;
}

/** What a role is assumed with. */
export interface OwnKeys {
  readonly name: string;
  /** They are what the runner has, because no others were given. */
  readonly ambient: boolean;
  readonly provider: () => Promise<Keys>;
}

/** What STS says of a token that it does not take; everything else about it is said of keys as well. */
const TOKEN_REFUSALS = ['AccessDenied', 'InvalidIdentityToken', 'InvalidIdentityTokenException', 'IDPRejectedClaim'];

/** @param options.mask called with keys and tokens before they are used */
export function openRoles(options: {
  readonly region: string;
  readonly env: Environment;
  readonly mask: (secret: string) => void;
}): Roles {
  const { region, env, mask } = options;
  const assumeByToken: Roles['assumeByToken'] = async (role, { token, name }) => {
    mask(token);
    try {
      return await assumeRoleByToken(role, { token, region });
    } catch (error) {
      if (TOKEN_REFUSALS.includes(error instanceof Error ? error.name : '')) {
        const said = messageOf(error);
        const { message, hint } = explainTokenRefusal({ said, role: role.arn, token, source: name });
        throw new Failure({ code: 'oidc-refused', message: `${message}${requestOf(error)}`, hint, cause: error });
      }
      throw explainAwsError(error, { action: 'sts:AssumeRoleWithWebIdentity', region, source: name });
    }
  };
  return {
    assumeByToken,
    assume: async (role, own) => {
      const keys = await own.provider().catch((error: unknown) => {
        throw own.ambient && isNothingFound(error, env) ? tokenNotAllowed(role.arn, error) : error;
      });
      keySecrets(keys).forEach(mask);
      return assumeRole(role, { keys, region }).catch((error: unknown) => {
        const failure = explainAwsError(error, { action: 'sts:AssumeRole', region, source: own.name });
        throw own.ambient && failure.code === 'ecr-denied' ? orByToken(failure) : failure;
      });
    },
    assumers: {
      roleAssumer: async (
        keys,
        { RoleArn: arn, RoleSessionName, ExternalId: externalId, DurationSeconds: duration },
      ) => {
        keySecrets(keys).forEach(mask);
        const role = { arn: arn ?? '', sessionName: RoleSessionName ?? 'buildkit-aws', externalId, duration };
        return assumeRole(role, { keys, region }).catch((error: unknown) => {
          throw explainAwsError(error, { action: 'sts:AssumeRole', region, source: `the source of role ${arn}` });
        });
      },
      roleAssumerWithWebIdentity: ({ RoleArn: arn, RoleSessionName, WebIdentityToken, DurationSeconds: duration }) =>
        assumeByToken(
          { arn: arn ?? '', sessionName: RoleSessionName ?? 'buildkit-aws', duration },
          { token: WebIdentityToken?.trim() ?? '', name: 'the web identity token' },
        ),
    },
  };
}

/** The SDK has looked everywhere. A profile that is named and broken is another matter. */
function isNothingFound(error: unknown, env: Environment): boolean {
  return textAt(error, 'name') === 'CredentialsProviderError' && !env.AWS_PROFILE;
}

/** A role of a repository is mostly meant for its token, and the runner's own identity was only asked in its place. */
function orByToken(failure: Failure): Failure {
  const { code, message, hint } = failure;
  return new Failure({
    code,
    message,
    hint: `${hint}\nIf the role is meant for the OIDC token of the job, add:\n${ID_TOKEN_PERMISSION}`,
    cause: failure.cause,
  });
}
