import { describe, expect, it } from 'vitest';
import { explainConnection, isSilence } from '../../../src/buildkit/connection-errors.ts';
import { parseBuildkitHost } from '../../../src/plan/buildkit-hosts.ts';

const HOST = parseBuildkitHost('tcp://127.0.0.1:5095');
const PLAIN = parseBuildkitHost('tcp://127.0.0.1:5095 insecure');
const POD = parseBuildkitHost('kube-pod://bk?namespace=b');
const CONTAINER = parseBuildkitHost('docker-container://bk');

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
      'failed to list workers: Unavailable: connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"',
      'it speaks no TLS',
    ],
    ['could not read certificate/key: tls: private key does not match public key', 'the certificates cannot be used'],
    ['no answer after 15 s', 'it takes connections, and gives no answer'],
    [
      'failed to list workers: Unavailable: connection error: desc = "error reading server preface: http2: failed reading the frame payload: http2: frame too large, note that the frame header looked like an HTTP/1.1 header"',
      'an HTTP server answers there',
    ],
    ['something else', 'it gives no answer'],
  ])('%s', (said, what) => {
    const failure = explainConnection(`error: ${said}\n`, HOST);
    expect(failure.code).toBe('daemon-unreachable');
    expect(failure.message).toContain(`${HOST.address} cannot be used: ${what}`);
    expect(failure.message).toContain(said.slice(-50));
    expect(failure.hint).not.toBe('');
  });
});

/** The words of kubectl and docker are in one of BuildKit's. */
const ended = (words: string) =>
  `failed to list workers: Unavailable: connection error: desc = "error reading server preface: command [kubectl exec -i bk -- buildctl dial-stdio] has exited with exit status 1, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=${words}\\n"`;

describe('what buildctl says of a way without certificates', () => {
  it.each([
    ['without TLS', PLAIN, 'connection error: desc = "error reading server preface: EOF"', 'it wants TLS'],
    [
      'no kubectl',
      POD,
      'connection error: desc = "transport: Error while dialing: exec: \\"kubectl\\": executable file not found in $PATH"',
      'the program that reaches it is not on the PATH',
    ],
    [
      'no pod',
      POD,
      ended('Error from server (NotFound): pods \\"bk\\" not found'),
      'there is no such pod or container',
    ],
    ['no container', CONTAINER, ended('Error response from daemon: No such container: bk'), 'there is no such pod or'],
    [
      'stopped',
      CONTAINER,
      ended('Error response from daemon: container 0123 is not running'),
      'there is no such pod or',
    ],
    ['no rights', POD, ended('Error from server (Forbidden): pods \\"bk\\" is forbidden'), 'the runner is not allowed'],
    ['no login', POD, ended('error: You must be logged in to the server (Unauthorized)'), 'the runner is not allowed'],
    ['no socket', CONTAINER, ended('permission denied while trying to connect'), 'the runner is not allowed'],
    [
      'no buildctl',
      CONTAINER,
      ended('OCI runtime exec failed: exec failed: exec: \\"buildctl\\": executable file not found in $PATH'),
      'there is no buildctl in that container',
    ],
    [
      'TLS of its own',
      POD,
      ended(
        'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ),
      'the program that reaches it has failed',
    ],
  ])('%s', (_, host, said, what) => {
    const { message, hint } = explainConnection(`error: ${said}\n`, host);
    expect(message).toContain(`${host.address} cannot be used: ${what}`);
    expect(hint).not.toContain('of the authority that the daemon trusts');
  });
});

it('tells a machine that has gone from a daemon that lets nobody in, which may still end its builds', () => {
  const dial = (why: string) =>
    `connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:1234: ${why}"`;
  const silent = [
    'no answer after 15 s',
    dial('connect: no route to host'),
    dial('i/o timeout'),
    'context deadline exceeded',
  ];
  expect(silent.filter((said) => !isSilence(said))).toEqual([]);
  expect([dial('connect: connection refused'), ended('Error from server (NotFound)')].filter(isSilence)).toEqual([]);
});
