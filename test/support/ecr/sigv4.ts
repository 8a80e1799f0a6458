import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './errors.ts';
import type { Principal, Principals } from './principals.ts';

/** A request to an API of AWS: they are all "POST /" without a query. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Who signed a request, and for which region. */
export interface Signature {
  readonly principal: Principal;
  readonly region: string;
}

export interface Verifier {
  /** The service that the request has to be signed for: "ecr" or "sts". */
  readonly service: string;
  readonly principals: Principals;
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const UNKNOWN = 'The security token included in the request is invalid.';
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Verifies the signature of a request as AWS does ("AWS Signature Version 4 for API requests" in the IAM User Guide).
 * Written here and not taken from the SDK, which makes the signatures that are checked.
 * @throws ApiError with the type and text that ECR answers
 */
export function verifySignature({ headers, body }: SignedRequest, { service, principals }: Verifier): Signature {
  if (headers.authorization === undefined) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const parts = AUTHORIZATION.exec(headers.authorization);
  if (parts === null) {
    throw new ApiError('IncompleteSignatureException', 'The request signature does not conform to AWS standards.');
  }
  const [, accessKeyId = '', day = '', region = '', signedFor = '', signedHeaders = '', signature = ''] = parts;
  const principal = principals.find(accessKeyId);
  if (principal === undefined || principal.sessionToken !== headers['x-amz-security-token']) {
    throw new ApiError('UnrecognizedClientException', UNKNOWN);
  }
  if (signedFor !== service) {
    const text = `Credential should be scoped to correct service: '${service}'.`;
    throw new ApiError('InvalidSignatureException', text);
  }
  const time = String(headers['x-amz-date']);
  const { secretAccessKey } = principal;
  const expected = signatureOf({ headers, body }, { day, region, service, signedHeaders, secretAccessKey });
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new ApiError('InvalidSignatureException', MISMATCH);
  }
  // AWS demands these to be signed: without them a signature would fit other requests too.
  if (!['host', 'x-amz-date'].every((name) => signedHeaders.split(';').includes(name)) || !time.startsWith(day)) {
    throw new ApiError('InvalidSignatureException', MISMATCH);
  }
  if (Math.abs(Date.now() - timeOf(time)) > MAX_CLOCK_SKEW_MS) {
    throw new ApiError('InvalidSignatureException', `Signature expired: ${time} is not within 5 min. of now`);
  }
  if (principal.expired) {
    throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
  }
  return { principal, region };
}

export interface SigningScope {
  /** "20260131" */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  /** Names in lower case, with semicolons between them. */
  readonly signedHeaders: string;
  readonly secretAccessKey: string;
}

/** The signature of a request, with the time in its header x-amz-date. */
export function signatureOf(request: SignedRequest, scope: SigningScope): Buffer {
  const { day, region, service, signedHeaders, secretAccessKey } = scope;
  const time = String(request.headers['x-amz-date']);
  const place = `${day}/${region}/${service}/aws4_request`;
  const hash = sha256(canonicalRequest(request, signedHeaders));
  const key = [day, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  return hmac(key, ['AWS4-HMAC-SHA256', time, place, hash].join('\n'));
}

function canonicalRequest({ headers, body }: SignedRequest, signedHeaders: string): string {
  const lines = signedHeaders.split(';').map((name) => {
    const value = headers[name];
    return `${name}:${(Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ')}\n`;
  });
  return ['POST', '/', '', lines.join(''), signedHeaders, sha256(body)].join('\n');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** "20260131T235959Z" in milliseconds since the epoch. */
function timeOf(compact: string): number {
  return Date.parse(compact.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
