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
const PUBLIC =
  'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:GetServiceBearerToken on resource: arn:aws:sts::123456789012:*';
const MISSING = "The repository with name 'app' does not exist in the registry with id '123456789012'";
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
    [
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier than',
      'credentials-refused',
      'clock',
    ],
    ['MissingAuthenticationTokenException', 'Missing Authentication Token', 'credentials-refused', 'session token'],
    [
      'AccessDeniedException',
      PUBLIC,
      'ecr-denied',
      'both ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken',
    ],
    [
      'AccessDeniedException',
      `${DENIED} with an explicit deny in an identity-based policy`,
      'ecr-denied',
      'explicit Deny',
    ],
    ['ThrottlingException', 'Rate exceeded', 'ecr-throttled', 'Run the job again'],
    ['TooManyRequestsException', 'Too many requests', 'ecr-throttled', 'Run the job again'],
    ['RepositoryNotFoundException', MISSING, 'repository-missing', 'createRepository'],
    ['ImageTagAlreadyExistsException', 'The image tag already exists', 'tag-immutable', 'ifTagExists'],
    ['LimitExceededException', 'The quota is reached', 'ecr-failed', 'Service Quotas'],
    ['KmsException', 'The key is disabled', 'ecr-failed', 'KMS key'],
    ['UnsupportedCommandException', 'only supported in us-east-1', 'ecr-failed', 'us-east-1'],
    ['InvalidParameterException', '[0-9]{12}', 'ecr-failed', 'twelve digits'],
    ['RegionDisabledException', 'STS is not activated', 'ecr-failed', 'activate it'],
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

  it('has the statement of the policy that is missing', () => {
    const resource = 'arn:aws:ecr:eu-west-1:123456789012:repository/app';
    const said = `User: arn:aws:iam::1:user/ci is not authorized to perform: ecr:PutImage on resource: ${resource} because no identity-based policy allows it`;
    const { message, hint } = explainAwsError(sdkError('AccessDeniedException', said), CALL);
    expect(message).toContain(said);
    expect(hint).toContain(JSON.stringify({ Effect: 'Allow', Action: 'ecr:PutImage', Resource: resource }));
    expect(hint).toContain('policy of the repository');
  });

  it.each([
    ['cn-north-1', 'cn-north-1 knows only keys of its own'],
    ['us-gov-west-1', 'us-gov-west-1 knows only keys of its own'],
    ['eu-west-1', 'another partition than the region'],
  ])('knows the partition of %s', (region, words) => {
    expect(explainAwsError(sdkError('UnrecognizedClientException', INVALID_TOKEN), { ...CALL, region }).hint).toContain(
      words,
    );
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

  it.each([
    ['STS', { ...CALL, action: 'sts:AssumeRole' }, {}, 'AWS STS in eu-west-1 cannot be reached: x', 'endpoint for sts'],
    ['a proxy', CALL, { viaProxy: true }, 'ECR in eu-west-1 cannot be reached through the proxy: x', 'NO_PROXY'],
  ])('is one of %s', (_, call, more, message, hint) => {
    const failure = explainAwsError(sdkError('Error', 'x', { code: 'ECONNREFUSED', ...more }), call);
    expect(failure).toMatchObject({ code: 'ecr-unreachable', message, hint: expect.stringContaining(hint) });
  });

  it.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('is a certificate: %s', (code) => {
    const failure = explainAwsError(sdkError('Error', 'x', { code }), CALL);
    expect(failure).toMatchObject({ code: 'ecr-unreachable', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  it('is not one that has another code', () => {
    expect(explainAwsError(sdkError('Error', 'no memory', { code: 'ENOMEM' }), CALL).code).toBe('ecr-failed');
  });
});

describe('an answer that is none of AWS', () => {
  it.each([
    [
      'HTML where JSON should be',
      'SyntaxError',
      'Unexpected token <\n  Deserialization error: to see',
      200,
      'login page',
    ],
    ['HTML where XML should be', 'Error', 'XML parse error\n  Deserialization error: to see', 403, 'login page'],
    ['nothing', 'Unknown', 'UnknownError', 502, 'login page'],
    ['a proxy that wants a login', 'Unknown', 'UnknownError', 407, 'user and password'],
  ])('%s', (_, name, said, httpStatusCode, hint) => {
    const failure = explainAwsError(sdkError(name, said, { $metadata: { httpStatusCode } }), CALL);
    expect(failure.code).toBe('ecr-unreadable');
    expect(failure.message).toBe(
      `What came back to ecr:GetAuthorizationToken in eu-west-1, with HTTP status ${httpStatusCode}, is no answer of AWS.`,
    );
    expect(failure.hint).toContain(hint);
  });

  it('is throttling with status 429', () => {
    const error = sdkError('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 429, attempts: 5 } });
    expect(explainAwsError(error, CALL)).toMatchObject({
      code: 'ecr-throttled',
      message: expect.stringContaining('tried 5 times'),
    });
  });
});

describe('a setting that the SDK cannot use', () => {
  it.each([
    ['Invalid URL', { code: 'ERR_INVALID_URL' }, 'endpoint-malformed', 'endpoint_url of a profile'],
    ['Region is missing', {}, 'region-missing', 'Region is missing'],
    ['Region not accepted: region="" is not a valid hostname component.', {}, 'region-missing', 'awsRegion'],
    ["ENOENT: no such file or directory, open '/fake'", { code: 'ENOENT' }, 'credentials-none', '/fake'],
  ])('%s', (said, more, code, words) => {
    const failure = explainAwsError(sdkError('Error', said, more), CALL);
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(words)]);
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
