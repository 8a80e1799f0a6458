import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { AwsInputs } from '../inputs/aws.ts';
import type { Environment } from '../runner.ts';
import { replaceSharedFiles } from './credentials-file.ts';

/** Who asks AWS, and how the log calls it. */
export interface CredentialsSource {
  readonly name: string;
  readonly provider: NonNullable<ECRClientConfig['credentials']>;
}

/**
 * Chooses where the credentials come from: the profile of the given text, else the SDK's chain, environment first.
 * Source of the order: docs of the inputs awsCredentials and awsProfile.
 */
export function chooseCredentials({ profile }: AwsInputs, env: Environment): CredentialsSource {
  if (profile !== undefined) {
    replaceSharedFiles(profile.text, env);
    return { name: `profile "${profile.name}" of awsCredentials`, provider: fromIni({ profile: profile.name }) };
  }
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId && secretAccessKey) {
    // The SDK's chain would pass these over when AWS_PROFILE is set, too.
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
    return { name: 'AWS_ACCESS_KEY_ID of the environment', provider: keys };
  }
  if (env.RUNNER_ENVIRONMENT === 'github-hosted') {
    // The metadata service of GitHub's machines is another cloud's: asking it only makes the error late.
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
  }
  return { name: 'the credentials of this runner', provider: defaultProvider() };
}
