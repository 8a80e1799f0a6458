import { describe, expect, it } from 'vitest';
import { explainConnection } from '../../../src/buildkit/connection-errors.ts';
import { parseBuildkitHost } from '../../../src/plan/buildkit-hosts.ts';

const HOST = parseBuildkitHost('tcp://127.0.0.1:5095');

/** What buildctl v0.32.2 has printed, after `error: `. */
describe('what buildctl says of a daemon', () => {
  it.each([
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:5999: connect: connection refused"',
      'nobody answers there',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial unix /x.sock: connect: no such file or directory"',
      'nobody answers there',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial tcp: lookup buildkitd on 10.0.0.2:53: no such host"',
      'its host has no address',
    ],
    ['context deadline exceeded', 'nobody answers there'],
    [
      'failed to list workers: Unavailable: write tcp 127.0.0.1:44430->127.0.0.1:5095: write: broken pipe',
      'it does not let this client in',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "error reading server preface: remote error: tls: certificate required"',
      'it does not let this client in',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "error reading server preface: remote error: tls: expired certificate"',
      'it does not take the certificate in buildkitClientCert',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"',
      'its certificate is not of the authority',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for buildkitd, not nope.example"',
      'its certificate is for another name',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn\'t contain any IP SANs"',
      'its certificate is for another name',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-28T16:00:00Z is after 2020-02-01T00:00:00Z"',
      'its certificate has expired',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "error reading server preface: EOF"',
      'it wants TLS',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"',
      'it speaks no TLS',
    ],
    [
      'failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: exec: \\"kubectl\\": executable file not found in $PATH"',
      'the program that reaches it is not on the PATH',
    ],
    ['could not read certificate/key: tls: private key does not match public key', 'the certificates cannot be used'],
    ['something else', 'it gives no answer'],
  ])('%s', (said, what) => {
    const failure = explainConnection(`error: ${said}\n`, HOST);
    expect(failure.code).toBe('daemon-unreachable');
    expect(failure.message).toContain(`${HOST.address} cannot be used: ${what}`);
    expect(failure.message).toContain(said.slice(-50));
    expect(failure.hint).not.toBe('');
  });
});
