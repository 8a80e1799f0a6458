import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { memoize } from '@smithy/core/config';
import type { AwsInputs } from '../inputs/aws.ts';
import { at, textAt } from '../json.ts';
import type { Environment } from '../runner.ts';
import { replaceSharedFiles } from './credentials-file.ts';
import { explainAwsError } from './errors.ts';
import { getOidcToken, hasOidcToken } from './oidc.ts';
import { type OwnKeys, openRoles, type Roles } from './roles.ts';
import { type Keys, keySecrets } from './sts.ts';

/** Who asks AWS, and how the log calls it. */
export interface CredentialsSource {
  readonly name: string;
  /** Gives keys that last for some minutes at least; those of a role are got again when they end. */
  readonly provider: () => Promise<Keys>;
  /** Who it is, when a role was assumed. */
  readonly arn: string | undefined;
}

/**
 * Opens the credentials of the step, and gets their keys, so that what is wrong with them is said before anything else is asked.
 * The order: `awsCredentials`, the OIDC token of the job when there is a role for it, the SDK's chain. Whatever it is, the role
 * is assumed with it.
 * @param mask called with every secret before it is used
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`
 */
export async function openCredentials(
  aws: AwsInputs,
  { env, mask }: { readonly env: Environment; readonly mask: (secret: string) => void },
): Promise<CredentialsSource> {
  const { region } = aws.region;
  const { name, provider } = chooseSource(aws, { env, roles: openRoles({ region, env, mask }) });
  const masked = async () => {
    const keys = await provider();
    keySecrets(keys).forEach(mask);
    return keys;
  };
  const kept = memoize(masked, isEnding, ({ expiration }) => expiration !== undefined);
  try {
    const keys = await kept();
    return { name: `${name}${originOf(keys, aws)}`, provider: () => kept(), arn: textAt(keys, 'arn') };
  } catch (error) {
    throw explainAwsError(error, { action: 'sts:AssumeRole', region, source: name });
  }
}

function chooseSource(
  { profile, role }: AwsInputs,
  { env, roles }: { env: Environment; roles: Roles },
): Pick<OwnKeys, 'name' | 'provider'> {
  if (role !== undefined && profile === undefined && hasOidcToken(env)) {
    const name = 'the OIDC token of this job';
    return { name, provider: async () => roles.assumeByToken(role, { token: await getOidcToken(role.arn), name }) };
  }
  const own = profile === undefined ? ambientSource(env, roles) : profileSource(profile, { env, roles });
  return role === undefined ? own : { name: `a role assumed by ${own.name}`, provider: () => roles.assume(role, own) };
}

function profileSource(
  profile: NonNullable<AwsInputs['profile']>,
  { env, roles }: { env: Environment; roles: Roles },
): OwnKeys {
  replaceSharedFiles(profile.text, env);
  const provider = fromIni({ profile: profile.name, ...roles.assumers });
  return { name: `profile "${profile.name}" of awsCredentials`, ambient: false, provider: () => provider() };
}

function ambientSource(env: Environment, roles: Roles): OwnKeys {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId && secretAccessKey) {
    // The SDK's chain would pass these over when AWS_PROFILE is set, too.
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    return { name: 'AWS_ACCESS_KEY_ID of the environment', ambient: true, provider: async () => keys };
  }
  if (env.RUNNER_ENVIRONMENT === 'github-hosted') {
    // The metadata service of GitHub's machines is another cloud's: asking it only makes the error late.
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
  }
  const provider = defaultProvider(roles.assumers);
  const name = env.AWS_PROFILE ? `profile "${env.AWS_PROFILE}" of this runner` : 'the credentials of this runner';
  return { name, ambient: true, provider: () => provider() };
}

/** Milliseconds before its end that keys are not used any more. */
const RESERVE = 5 * 60_000;

function isEnding({ expiration }: Keys): boolean {
  return expiration !== undefined && expiration.getTime() - Date.now() < RESERVE;
}

/** What the SDK notes of where it found keys. Source: its credential features. */
const ORIGINS: readonly [feature: string, words: string][] = [
  ['CREDENTIALS_PROFILE_PROCESS', 'credential_process'],
  ['CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN', 'web identity token'],
  ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  ['CREDENTIALS_HTTP', 'container credentials'],
  ['CREDENTIALS_PROFILE', 'AWS configuration files'],
];

/** How the SDK came by the keys, where that is not said yet. */
function originOf(keys: Keys, { profile, role }: AwsInputs): string {
  const found = ORIGINS.find(([feature]) => at(keys, '$source', feature) !== undefined)?.[1];
  const isSaid = role !== undefined || (profile !== undefined && found === 'AWS configuration files');
  return found === undefined || isSaid ? '' : ` (${found})`;
}
