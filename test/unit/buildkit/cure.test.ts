import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { treatmentOf } from '../../../src/buildkit/cure.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/buildkit');
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const NAME = `${HOST}/app:v1`;
const URL = `https://${HOST}/v2/app/manifests/v1`;

const pushed = (said: string) => `#7 pushing layers\nerror: failed to solve: failed to push ${NAME}: ${said}\n`;
const pulled = (said: string) =>
  `error: failed to solve: ${HOST}/base:1: failed to resolve source metadata for ${HOST}/base:1: ${said}\n`;

describe('what helps against an error', () => {
  it.each([
    ['toomanyrequests: Rate exceeded'],
    ['unknown: internal error'],
    [`unexpected status from PUT request to ${URL}: 502 Bad Gateway: <html>bad gateway</html>`],
    [`unexpected status from PUT request to ${URL}: 503 Service Unavailable`],
    [`failed to do request: Put "${URL}": read tcp 10.0.0.1:46362->10.0.0.2:443: read: connection reset by peer`],
    [`failed to do request: Put "${URL}": EOF`],
    [`failed to do request: Put "${URL}": net/http: TLS handshake timeout`],
    [
      `failed to do request: Head "${URL}": dial tcp: lookup ${HOST} on 10.0.0.2:53: read udp 10.0.0.1:1->10.0.0.2:53: i/o timeout`,
    ],
    ['failed to copy: unexpected EOF'],
    ['unexpected commit digest sha256:00, expected sha256:11: failed precondition'],
  ])('is to wait: %s', (said) => {
    expect(treatmentOf(pushed(said))?.cure).toBe('wait');
    expect(treatmentOf(pulled(said))?.cure).toBe('wait');
  });

  it('is to wait for a layer of a base image that breaks off', () => {
    const said = `error: failed to solve: failed to compute cache key: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to ${URL}: 500 Internal Server Error`;
    expect(treatmentOf(said)).toEqual({ cure: 'wait', host: HOST });
  });

  it.each([
    ['denied: Your authorization token has expired. Reauthenticate and try again.'],
    [`unexpected status from PUT request to ${URL}: 401 Unauthorized: Not Authorized`],
    ['unauthorized: authentication required'],
    ['unauthorized'],
  ])('is a new token: %s', (said) => {
    expect(treatmentOf(pushed(said))).toEqual({ cure: 'login', host: HOST });
    expect(treatmentOf(pulled(said))).toEqual({ cure: 'login', host: HOST });
  });

  it.each([
    [
      "unknown: The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.",
    ],
    ["unknown: The repository with name 'app' does not exist in the registry with id '123456789012'"],
    [
      'denied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/app',
    ],
    ['unsupported: Invalid parameter'],
    [`failed to do request: Head "${URL}": dial tcp: lookup ${HOST}: no such host`],
    [
      `failed to do request: Head "${URL}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ],
    [
      'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    ],
    ['not found'],
  ])('is nothing: %s', (said) => {
    expect(treatmentOf(pushed(said))).toBeUndefined();
    expect(treatmentOf(pulled(said))).toBeUndefined();
  });

  it('is nothing for a command that fails, whatever it is called', () => {
    const command = `error: failed to solve: process "/bin/sh -c echo failed to push a/b: toomanyrequests: Rate exceeded; false" did not complete successfully: exit code: 1`;
    expect(treatmentOf(command)).toBeUndefined();
  });

  it('is what it is for everything that was captured', async () => {
    const files = (await readdir(join(FIXTURES, 'errors')).catch(() => [])).filter((name) => name.endsWith('.txt'));
    const cures = await Promise.all(
      files.map(async (name) => [name, treatmentOf(await readFile(join(FIXTURES, 'errors', name), 'utf8'))?.cure]),
    );
    expect(cures.filter(([, cure]) => cure !== undefined)).toEqual([
      // Where it is no registry of the step, there is no token to renew.
      ['base-image-401.txt', 'login'],
      ['push-500-retry.txt', 'wait'],
      ['push-expired-token.txt', 'login'],
    ]);
  });
});
