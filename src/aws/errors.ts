import { codeOf, Failure, messageOf } from '../failure.ts';
import { at, numberAt, textAt } from '../json.ts';
import type { AwsCall, AwsError, AwsFailure } from './aws-error.ts';
import { explainDenial } from './denials.ts';
import { explainNoAnswer } from './no-answer.ts';

/**
 * Turns an error of the SDK into what happened and what to change. AWS says the same of several mistakes;
 * the words stand in the AWS documentation of each service's common errors.
 */
export function explainAwsError(error: unknown, call: AwsCall): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const name = error instanceof Error ? error.name : '';
  const { message, ...rest } = explanationOf({
    name,
    said: messageOf(error),
    status: numberAt(error, '$metadata', 'httpStatusCode'),
    attempts: numberAt(error, '$metadata', 'attempts') ?? 1,
    networkCode: codeOf(error) ?? (name === 'TimeoutError' ? 'ETIMEDOUT' : undefined),
    viaProxy: at(error, 'viaProxy') === true,
    call,
  });
  return new Failure({ ...rest, message: `${message}${requestOf(error)}`, cause: error });
}

/** The number by which AWS finds a request, as the end of a message. */
export function requestOf(error: unknown): string {
  const requestId = textAt(error, '$metadata', 'requestId');
  return requestId === undefined ? '' : ` (AWS request ${requestId})`;
}

function explanationOf(error: AwsError): AwsFailure {
  const { name, said, call } = error;
  const { action, region } = call;
  const explain = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  return (
    explain?.(error) ??
    (error.status === 429 ? throttled(error) : undefined) ??
    explainNoAnswer(error) ?? {
      code: 'ecr-failed',
      message: `AWS in ${region} answered to ${action}: ${name}: ${said}`,
      hint: HINTS[name] ?? 'Run the job again; if it stays so, see the AWS documentation of this error.',
    }
  );
}

const BY_NAME: Readonly<Record<string, (error: AwsError) => AwsFailure>> = {
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  RequestExpired: expired,
  UnrecognizedClientException: unknownKey,
  InvalidClientTokenId: unknownKey,
  MissingAuthenticationTokenException: unknownKey,
  IncompleteSignatureException: wrongSecret,
  InvalidSignatureException: wrongSecret,
  SignatureDoesNotMatch: wrongSecret,
  AccessDeniedException: explainDenial,
  AccessDenied: explainDenial,
  ThrottlingException: throttled,
  Throttling: throttled,
  TooManyRequestsException: throttled,
  RequestLimitExceeded: throttled,
  RepositoryNotFoundException: ({ said, call }) => ({
    code: 'repository-missing',
    message: `ECR in ${call.region}: ${said}`,
    hint: 'Create the repository (createRepository: true does), or correct imageShortName, imageRegistryPath or awsRegion.',
  }),
  ImageTagAlreadyExistsException: ({ said, call }) => ({
    code: 'tag-immutable',
    message: `ECR in ${call.region}: ${said}`,
    hint: 'Choose another imageTag, or ifTagExists: skip to keep the image that is there.',
  }),
};

/** What to do about errors whose words say enough of what happened. Source: ECR and STS API references. */
const HINTS: Readonly<Record<string, string>> = {
  LimitExceededException: 'A quota of ECR is reached: remove what is not needed, or ask for more in Service Quotas.',
  KmsException: 'Allow this identity to use the KMS key of the repository, and look whether the key is enabled.',
  UnsupportedCommandException: 'The API of ECR Public is in us-east-1 only: look at AWS_ENDPOINT_URL_ECR_PUBLIC.',
  InvalidParameterException: 'Correct imageShortName and imageRegistryPath; an account has twelve digits.',
  RegionDisabledException:
    'STS is not active in this region: activate it in the account settings of IAM, or use another awsRegion.',
  RegionDisabled:
    'STS is not active in this region: activate it in the account settings of IAM, or use another awsRegion.',
};

function noCredentials({ said, call }: AwsError): AwsFailure {
  return {
    code: 'credentials-none',
    // A program that failed is named with its arguments, which may be secrets.
    message: `No AWS credentials were found in ${call.source}: ${said.replace(/^Command failed:.*$/s, 'the credential_process of the profile failed').replace(/\.$/, '')}.`,
    hint: 'Give a credentials file as awsCredentials, or a role as awsRoleArn in a job with "permissions: id-token: write", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a machine with a role. A secret that is not set for this repository (or for Dependabot) arrives empty.',
  };
}

function expired({ call }: AwsError): AwsFailure {
  return {
    code: 'credentials-expired',
    message: `AWS in ${call.region} says that ${call.source} has expired.`,
    hint: 'Temporary credentials live for some hours: put fresh ones into the secret, or use a role (awsRoleArn), whose credentials are made for each run.',
  };
}

function unknownKey({ said, call: { region, source } }: AwsError): AwsFailure {
  const partition = /^(?:cn|us-gov|eusc)-/.test(region)
    ? `is one of another partition: ${region} knows only keys of its own`
    : 'belongs to another partition than the region (China, GovCloud)';
  return {
    code: 'credentials-refused',
    message: `AWS in ${region} refuses ${source}: ${said}`,
    hint: `The key id is unknown or disabled, its session token is missing, or the key ${partition}. A region that the account has not enabled says the same.`,
  };
}

function wrongSecret({ said, call: { region, source } }: AwsError): AwsFailure {
  const isClock = /signature (?:expired|not yet current)/i.test(said);
  return {
    code: 'credentials-refused',
    message: `AWS in ${region} refuses ${source}: ${said}`,
    hint: isClock
      ? `The clock of this runner is wrong: it says ${new Date().toISOString()}.`
      : 'The key id exists but the secret does not fit: look for a character that got lost when it was pasted, and for a wrong clock of the runner.',
  };
}

function throttled({ said, attempts, call: { action, region } }: AwsError): AwsFailure {
  return {
    code: 'ecr-throttled',
    message: `AWS in ${region} limits how often ${action} may be called: ${said} (tried ${attempts} times).`,
    hint: 'Run the job again in a minute, or run fewer jobs at once: the limit is one of the account and region.',
  };
}
