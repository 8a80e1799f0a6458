import { describe, expect, it } from 'vitest';
import { explainAwsError } from '../../../src/aws/errors.ts';
import { Failure } from '../../../src/failure.ts';

const CALL = { action: 'ecr:GetAuthorizationToken', region: 'eu-west-1', source: 'profile "ci" of awsCredentials' };

/** An error as the SDK throws it. */
function sdkError(name: string, message: string, more: Readonly<Record<string, unknown>> = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const INVALID_TOKEN = 'The security token included in the request is invalid.';
const SIGNATURE = 'The request signature we calculated does not match the signature you provided.';
const DENIED =
  'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:GetAuthorizationToken on resource: *';
const ASSUME =
  'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/deploy';

describe('an error of AWS', () => {
  it.each([
    [
      'CredentialsProviderError',
      'Could not load credentials from any providers',
      'credentials-none',
      'AWS_ACCESS_KEY_ID',
    ],
    ['TokenProviderError', 'Token is missing', 'credentials-none', 'awsCredentials'],
    [
      'ExpiredTokenException',
      'The security token included in the request is expired',
      'credentials-expired',
      'fresh ones',
    ],
    ['ExpiredToken', 'The provided token has expired.', 'credentials-expired', 'fresh ones'],
    ['RequestExpired', 'Request has expired', 'credentials-expired', 'fresh ones'],
    ['UnrecognizedClientException', INVALID_TOKEN, 'credentials-refused', 'another partition'],
    ['InvalidClientTokenId', INVALID_TOKEN, 'credentials-refused', 'another partition'],
    ['InvalidSignatureException', SIGNATURE, 'credentials-refused', 'wrong clock'],
    ['SignatureDoesNotMatch', SIGNATURE, 'credentials-refused', 'wrong clock'],
    ['IncompleteSignatureException', SIGNATURE, 'credentials-refused', 'wrong clock'],
    ['AccessDeniedException', DENIED, 'ecr-denied', 'Resource "*"'],
    ['AccessDenied', ASSUME, 'ecr-denied', 'trust policy'],
    ['ThrottlingException', 'Rate exceeded', 'ecr-failed', 'Run the job again'],
    ['ServerException', 'internal error', 'ecr-failed', 'Run the job again'],
  ])('%s: %s', (name, said, code, hint) => {
    const error = sdkError(name, said);
    const failure = explainAwsError(error, CALL);
    expect(failure.code).toBe(code);
    expect(failure.hint).toContain(hint);
    expect(failure.cause).toBe(error);
  });

  it.each([
    [
      'credentials that have expired',
      sdkError('ExpiredToken', 'expired'),
      `AWS in eu-west-1 says that ${CALL.source} has expired.`,
    ],
    [
      'credentials that are refused',
      sdkError('UnrecognizedClientException', INVALID_TOKEN),
      `AWS in eu-west-1 refuses ${CALL.source}: ${INVALID_TOKEN}`,
    ],
    [
      'a denied action',
      sdkError('AccessDeniedException', DENIED),
      `AWS in eu-west-1 does not allow ecr:GetAuthorizationToken for ${CALL.source}: ${DENIED}`,
    ],
    [
      'a denied action before it',
      sdkError('AccessDenied', ASSUME),
      `AWS in eu-west-1 does not allow sts:AssumeRole for ${CALL.source}: ${ASSUME}`,
    ],
    [
      'anything else',
      sdkError('ServerException', 'oops'),
      'AWS in eu-west-1 answered to ecr:GetAuthorizationToken: ServerException: oops',
    ],
  ])('says what happened: %s', (_, error, message) => {
    expect(explainAwsError(error, CALL).message).toBe(message);
  });

  it('names another action', () => {
    const failure = explainAwsError(sdkError('AccessDeniedException', 'no'), { ...CALL, action: 'ecr:BatchGetImage' });
    expect(failure.hint).toBe('Allow ecr:BatchGetImage in the policy of this identity.');
  });

  it('ends with the number of the request', () => {
    const error = sdkError('ExpiredToken', 'expired', { $metadata: { requestId: 'fake-request-1' } });
    expect(explainAwsError(error, CALL).message).toMatch(/has expired\. \(AWS request fake-request-1\)$/);
  });
});

describe('an error of the network', () => {
  it.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.ecr.eu-west-1.amazonaws.com', 'spelling of awsRegion'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'firewall'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1', 'AWS_ENDPOINT_URL'],
    ['ECONNRESET', 'socket hang up', 'firewall'],
    ['ETIMEDOUT', 'connect ETIMEDOUT', 'firewall'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH', 'firewall'],
  ])('%s', (code, said, hint) => {
    const failure = explainAwsError(sdkError('Error', said, { code }), CALL);
    expect([failure.code, failure.message]).toEqual(['ecr-unreachable', `ECR in eu-west-1 cannot be reached: ${said}`]);
    expect(failure.hint).toContain(hint);
  });

  it('is one that took too long', () => {
    const said = 'Connection timed out after 5000 ms';
    expect(explainAwsError(sdkError('TimeoutError', said), CALL)).toMatchObject({
      code: 'ecr-unreachable',
      message: `ECR in eu-west-1 cannot be reached: ${said}`,
    });
  });

  it('is not one that has another code', () => {
    expect(explainAwsError(sdkError('Error', 'no memory', { code: 'ENOMEM' }), CALL).code).toBe('ecr-failed');
  });
});

it('leaves a failure as it is', () => {
  const failure = new Failure({ code: 'ecr-failed', message: 'what', hint: 'do' });
  expect(explainAwsError(failure, CALL)).toBe(failure);
});

it('takes what is no error', () => {
  expect(explainAwsError('broken', CALL)).toMatchObject({
    code: 'ecr-failed',
    message: expect.stringContaining('broken'),
  });
});
