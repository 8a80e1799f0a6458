import { Failure } from '../failure.ts';
import type { BuildkitHost } from '../plan/buildkit-hosts.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly what: string;
  readonly hint: string;
}

const CERTIFICATES = 'buildkitCaCert, buildkitClientCert and buildkitClientKey';

/** What buildctl says when it does not get to a daemon. The first that fits counts. Source: BuildKit v0.32.2, Go's crypto/tls. */
const RULES: readonly Rule[] = [
  {
    pattern:
      /could not read (?:ca certificate|certificate\/key)|failed to append ca certs|private key|failed to find any PEM/,
    what: 'the certificates cannot be used',
    hint: `Correct ${CERTIFICATES}: PEM, and the key has to be the one of the certificate.`,
  },
  {
    pattern: /certificate is (?:valid for|not valid for any)|doesn't contain any IP SANs|is not valid for/,
    what: 'its certificate is for another name than the address has',
    hint: 'Give the name that the certificate is for as buildkitServerName, or correct the address.',
  },
  {
    pattern: /certificate has expired or is not yet valid/,
    what: 'its certificate has expired or is not valid yet',
    hint: 'Renew the certificate of the daemon, or set the clock of the runner.',
  },
  {
    pattern: /signed by unknown authority|failed to verify certificate/,
    what: 'its certificate is not of the authority in buildkitCaCert',
    hint: 'Give the certificate of the authority that has signed the one of the daemon as buildkitCaCert.',
  },
  {
    pattern: /tls: (?:expired certificate|certificate expired)/,
    what: 'it does not take the certificate in buildkitClientCert, which has expired',
    hint: 'Renew the client certificate.',
  },
  {
    pattern: /first record does not look like a TLS handshake/,
    what: 'it speaks no TLS, and certificates are given',
    hint: `Have the daemon listen with TLS, or leave ${CERTIFICATES} out and end the line with " insecure".`,
  },
  {
    pattern: /error reading server preface: EOF|error reading server preface: http2: /,
    what: 'it wants TLS, and no certificates are given',
    hint: `Give ${CERTIFICATES}.`,
  },
  {
    pattern: /tls: |broken pipe|connection reset by peer|reading server preface/,
    what: 'it does not let this client in',
    hint: 'Give buildkitClientCert and buildkitClientKey of the authority that the daemon trusts, not expired and for client authentication.',
  },
  {
    pattern: /executable file not found/,
    what: 'the program that reaches it is not on the PATH of the runner',
    hint: 'Install it in an earlier step: kube-pod:// needs kubectl, docker-container:// needs docker.',
  },
  {
    pattern: /no such host|Name or service not known|Temporary failure in name resolution/,
    what: 'its host has no address',
    hint: 'Correct the host in buildkitHost, and look whether the runner is in the network where that name is known.',
  },
  {
    pattern:
      /connection refused|no such file or directory|i\/o timeout|deadline exceeded|no route to host|network is unreachable/i,
    what: 'nobody answers there',
    hint: 'Look whether the daemon runs, and whether the network lets the runner get there.',
  },
];

/**
 * Turns what buildctl says of a daemon that it does not get to into what happened and what to change.
 * @param said its standard error
 */
export function explainConnection(said: string, { address }: BuildkitHost): Failure {
  const rule = RULES.find(({ pattern }) => pattern.test(said));
  const words = said
    .trim()
    .replace(/^error: /, '')
    .slice(-600);
  return new Failure({
    code: 'daemon-unreachable',
    message: `buildkitHost: ${address} cannot be used: ${rule?.what ?? 'it gives no answer'}. buildctl says: ${words || 'nothing'}`,
    hint: rule?.hint ?? 'What buildctl says may tell why; kubectl or docker may have printed more on the machine.',
  });
}
