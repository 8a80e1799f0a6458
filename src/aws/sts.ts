import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { fromIni } from '@aws-sdk/credential-provider-ini';
import { Failure } from '../failure.ts';
import { clientOptions } from './client.ts';

/** An access key, with its session token when it is temporary. Secret and token are secrets. */
export type Keys = Awaited<ReturnType<ReturnType<typeof fromIni>>>;

/** What of them must not be shown. */
export function keySecrets({ secretAccessKey, sessionToken }: Keys): string[] {
  return [secretAccessKey, sessionToken ?? ''].filter((secret) => secret !== '');
}

/** The keys of a role for some time. */
export interface RoleKeys extends Keys {
  /** `arn:aws:sts::A:assumed-role/ROLE/SESSION` */
  readonly arn: string | undefined;
}

/** A role, and under what name and conditions it is assumed. */
export interface RoleRequest {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
  /** Seconds; STS takes an hour when it is not given. */
  readonly duration?: number | undefined;
}

/** Source: AWS STS API, AssumeRole. @throws what the SDK throws; Failure `ecr-unreadable` */
export async function assumeRole(
  { arn, sessionName, externalId, duration }: RoleRequest,
  { keys, region }: { readonly keys: Keys; readonly region: string },
): Promise<RoleKeys> {
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const client = await openSts({ region, credentials: keys });
  const command = new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: sessionName,
    ExternalId: externalId,
    DurationSeconds: duration,
  });
  return roleKeys(await client.send(command), { action: 'sts:AssumeRole', region });
}

/** Source: AWS STS API, AssumeRoleWithWebIdentity. @throws what the SDK throws; Failure `ecr-unreadable` */
export async function assumeRoleByToken(
  { arn, sessionName, duration }: RoleRequest,
  { token, region }: { readonly token: string; readonly region: string },
): Promise<RoleKeys> {
  const { AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = await openSts({ region });
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: arn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
    DurationSeconds: duration,
  });
  return roleKeys(await client.send(command), { action: 'sts:AssumeRoleWithWebIdentity', region });
}

/** Milliseconds. The answer is for the log only: a network that leads nowhere must not hold the step. */
const IDENTITY_LIMIT = 3_000;

/** Who the keys belong to, as an ARN. @returns undefined when STS does not say, or not in time */
export async function findIdentity(options: {
  readonly credentials: NonNullable<STSClientConfig['credentials']>;
  readonly region: string;
}): Promise<string | undefined> {
  try {
    const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
    const client = await openSts(options);
    const abortSignal = AbortSignal.timeout(IDENTITY_LIMIT);
    return (await client.send(new GetCallerIdentityCommand({}), { abortSignal })).Arn;
  } catch {
    return undefined;
  }
}

/** Loads the client only here: keys that no role is assumed with need it for nothing but their name. */
async function openSts(options: Pick<STSClientConfig, 'credentials'> & { region: string }) {
  const { STSClient } = await import('@aws-sdk/client-sts');
  const { region, credentials } = options;
  return new STSClient({ ...clientOptions(region), ...(credentials === undefined ? {} : { credentials }) });
}

interface RoleAnswer {
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined;
        readonly SecretAccessKey: string | undefined;
        readonly SessionToken: string | undefined;
        readonly Expiration: Date | undefined;
      }
    | undefined;
  readonly AssumedRoleUser?: { readonly Arn: string | undefined } | undefined;
}

function roleKeys(
  { Credentials, AssumedRoleUser }: RoleAnswer,
  { action, region }: { action: string; region: string },
): RoleKeys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new Failure({
      code: 'ecr-unreadable',
      message: `AWS STS in ${region} answered ${action} without credentials.`,
      hint: 'Look for a proxy between this runner and AWS that answers in its place (HTTPS_PROXY, NO_PROXY).',
    });
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
    arn: AssumedRoleUser?.Arn,
  };
}
