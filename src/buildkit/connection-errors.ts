import { Failure } from '../failure.ts';
import type { BuildkitHost } from '../plan/buildkit-hosts.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly what: string;
  readonly hint: string;
}

const CERTIFICATES = 'buildkitCaCert, buildkitClientCert and buildkitClientKey';

/** What buildctl says of a connection with TLS. The first that fits counts. Source: BuildKit v0.32.2, Go's crypto/tls. */
const TLS_RULES: readonly Rule[] = [
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
    pattern: /tls: |broken pipe|connection reset by peer|reading server preface/,
    what: 'it does not let this client in',
    hint: 'Give buildkitClientCert and buildkitClientKey of the authority that the daemon trusts, not expired and for client authentication.',
  },
];

const WITHOUT_TLS = {
  what: 'it wants TLS, and is spoken to without',
  hint: `Give ${CERTIFICATES}, and no " insecure" at the end of the line.`,
};

/** Of an address that is spoken to without TLS. */
const PLAIN_RULES: readonly Rule[] = [{ pattern: /broken pipe|connection reset by peer/, ...WITHOUT_TLS }];

/** Of kubectl, docker and the like. Their words stand behind the first `stderr=`. Source: BuildKit v0.32.2, client/connhelper; experiments. */
const PROGRAM_RULES: readonly Rule[] = [
  {
    pattern: /^(?:(?!stderr=)[\s\S])*stderr=[\s\S]*"?buildctl\\?"?: executable file not found/,
    what: 'there is no buildctl in that container',
    hint: 'Let its image be moby/buildkit, or one that has buildctl on its PATH.',
  },
  {
    pattern: /executable file not found/,
    what: 'the program that reaches it is not on the PATH of the runner',
    hint: 'Install it in an earlier step: kube-pod:// needs kubectl, docker-container:// needs docker.',
  },
  {
    pattern:
      /^(?:(?!stderr=)[\s\S])*stderr=[\s\S]*(?:NotFound|container not found|No such container|is not running|no such container)/,
    what: 'there is no such pod or container, or it does not run',
    hint: 'Correct its name, namespace or container in buildkitHost, and look whether it runs.',
  },
  {
    pattern: /^(?:(?!stderr=)[\s\S])*stderr=[\s\S]*(?:Forbidden|Unauthorized|logged in|permission denied)/,
    what: 'the runner is not allowed to get there',
    hint: 'Allow it: kubectl needs the rights to get pods and to create pods/exec in that namespace, docker needs its socket.',
  },
  {
    pattern: /stderr=/,
    what: 'the program that reaches it has failed',
    hint: 'What it says behind "stderr=" tells why; the same command, by hand on the runner, has to work first.',
  },
];

/** Of every address. */
const RULES: readonly Rule[] = [
  {
    pattern: /looked like an HTTP\/1\.1 header/,
    what: 'an HTTP server answers there, and no BuildKit',
    hint: 'Correct host and port in buildkitHost.',
  },
  {
    pattern: /no such host|Name or service not known|Temporary failure in name resolution/,
    what: 'its host has no address',
    hint: 'Correct the host in buildkitHost, and look whether the runner is in the network where that name is known.',
  },
  {
    pattern: /no answer after|use of closed network connection/,
    what: 'it takes connections, and gives no answer',
    hint: 'Look whether the daemon or its machine hangs, and whether something between them holds the connection.',
  },
  {
    pattern:
      /connection refused|no such file or directory|i\/o timeout|deadline exceeded|no route to host|network is unreachable/i,
    what: 'nobody answers there',
    hint: 'Look whether the daemon runs, and whether the network lets the runner get there.',
  },
];

/** Nothing came back: the machine, or the way to it, is gone. A daemon that refuses may be one that still ends its builds. */
const SILENCE = /no answer after|i\/o timeout|deadline exceeded|no route to host|network is unreachable|host is down/i;

/** @param said as for `explainConnection` */
export function isSilence(said: string): boolean {
  return SILENCE.test(said);
}

/** The rules of everything stand first for what is no matter of TLS, and programs tell what they know themselves. */
function rulesFor({ address, isInsecure }: BuildkitHost): readonly Rule[] {
  if (!address.startsWith('tcp://')) {
    return [...PROGRAM_RULES, ...RULES];
  }
  // Over loopback nothing has to be given: only what buildctl says tells that there is no TLS.
  const plain = { pattern: /error reading server preface: EOF/, ...WITHOUT_TLS };
  return [...RULES, plain, ...(isInsecure ? PLAIN_RULES : TLS_RULES)];
}

/**
 * Turns what buildctl says of a daemon that it does not get to into what happened and what to change.
 * @param said its standard error
 */
export function explainConnection(said: string, host: BuildkitHost): Failure {
  const rule = rulesFor(host).find(({ pattern }) => pattern.test(said));
  const words = said
    .trim()
    .replace(/^error: /, '')
    .slice(-600);
  return new Failure({
    code: 'daemon-unreachable',
    message: `${host.input}: ${host.address} cannot be used: ${rule?.what ?? 'it gives no answer'}. buildctl says: ${words || 'nothing'}`,
    hint: rule?.hint ?? 'What buildctl says may tell why; kubectl or docker may have printed more on the machine.',
  });
}
