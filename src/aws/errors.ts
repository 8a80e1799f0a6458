import { Failure, type FailureCode } from '../failure.ts';
import { textAt } from '../json.ts';

/** What was asked when an error came back. */
export interface AwsCall {
  /** IAM action, such as `ecr:GetAuthorizationToken`. */
  readonly action: string;
  readonly region: string;
  /** Where the credentials come from, in words. */
  readonly source: string;
}

interface Explanation {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * Turns an error of the SDK into what happened and what to change. AWS says the same of several mistakes;
 * the words stand in the AWS documentation of each service's common errors.
 */
export function explainAwsError(error: unknown, call: AwsCall): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const name = error instanceof Error ? error.name : '';
  const said = error instanceof Error ? error.message : String(error);
  const requestId = textAt(error, '$metadata', 'requestId');
  const { message, ...rest } = explanationOf({
    name,
    said,
    networkCode: textAt(error, 'code') ?? (name === 'TimeoutError' ? 'ETIMEDOUT' : undefined),
    call,
  });
  return new Failure({
    ...rest,
    message: requestId === undefined ? message : `${message} (AWS request ${requestId})`,
    cause: error,
  });
}

function explanationOf(options: {
  name: string;
  said: string;
  networkCode: string | undefined;
  call: AwsCall;
}): Explanation {
  const { name, said, networkCode, call } = options;
  const { action, region, source } = call;
  switch (name) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return {
        code: 'credentials-none',
        // A program that failed is named with its arguments, which may be secrets.
        message: `No AWS credentials were found: ${said.replace(/^Command failed:.*$/s, 'the credential_process of the profile failed')}.`,
        hint: 'Give a credentials file as awsCredentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a machine with a role. A secret that is not set for this repository (or for Dependabot) arrives empty.',
      };
    case 'ExpiredTokenException':
    case 'ExpiredToken':
    case 'RequestExpired':
      return {
        code: 'credentials-expired',
        message: `AWS in ${region} says that ${source} has expired.`,
        hint: 'Temporary credentials live for some hours: put fresh ones into the secret, or use a role.',
      };
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'IncompleteSignatureException':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
      return {
        code: 'credentials-refused',
        message: `AWS in ${region} refuses ${source}: ${said}`,
        hint: name.includes('ignature')
          ? 'The key id exists but the secret does not fit: look for a character that got lost when it was pasted, and for a wrong clock of the runner.'
          : 'The key id is unknown or disabled, its session token is missing, or the key belongs to another partition than the region.',
      };
    case 'AccessDeniedException':
    case 'AccessDenied':
      return denied(said, call);
    default:
      return (
        unreachable(networkCode, call, said) ?? {
          code: 'ecr-failed',
          message: `AWS in ${region} answered to ${action}: ${name}: ${said}`,
          hint: 'Run the job again; if it stays so, see the AWS documentation of this error.',
        }
      );
  }
}

/** What is denied may be a step before what was asked for, such as sts:AssumeRole of a profile. */
function denied(said: string, { action, region, source }: AwsCall): Explanation {
  const actual = /not authorized to perform: (?<action>[\w-]+:\w+)/i.exec(said)?.groups?.action ?? action;
  return {
    code: 'ecr-denied',
    message: `AWS in ${region} does not allow ${actual} for ${source}: ${said}`,
    hint:
      actual === 'ecr:GetAuthorizationToken'
        ? 'Allow ecr:GetAuthorizationToken on Resource "*": it cannot be limited to a repository.'
        : actual.startsWith('sts:AssumeRole')
          ? `Allow ${actual} in the policy of this identity, and the identity in the trust policy of the role.`
          : `Allow ${actual} in the policy of this identity.`,
  };
}

const NETWORK_CODES = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
];

function unreachable(code: string | undefined, { region }: AwsCall, said: string): Explanation | undefined {
  if (code === undefined || !NETWORK_CODES.includes(code)) {
    return undefined;
  }
  return {
    code: 'ecr-unreachable',
    message: `ECR in ${region} cannot be reached: ${said}`,
    hint:
      code === 'ENOTFOUND'
        ? 'Check the spelling of awsRegion, and that this network resolves AWS names (or has a VPC endpoint for ecr.api).'
        : 'Check the network of this runner: firewall, VPC endpoint for ecr.api, AWS_ENDPOINT_URL.',
  };
}
