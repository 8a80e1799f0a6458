import type { IncomingHttpHeaders } from 'node:http';

/** Credentials of a role for some time, as services of AWS hand them to programs that run on it. */
export interface TemporaryKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A request for such credentials. */
export interface KeysRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
}

/** The JSON of both services that AWS has for it; Expiration is an hour from now (RFC 3339). */
export function keysDocument({ accessKeyId, secretAccessKey, sessionToken }: TemporaryKeys): object {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(Date.now() + 3600 * 1000).toISOString(),
  };
}
