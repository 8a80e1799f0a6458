import { X509Certificate } from 'node:crypto';
import { Failure } from '../failure.ts';
import {
  assignPlatforms,
  type BuildkitHost,
  checkSecure,
  type Machines,
  parseBuildkitHost,
} from '../plan/buildkit-hosts.ts';
import { type Ask, attempt, attemptAll, list, optional, type Raw } from './grammar.ts';
import { readTextOrFile } from './texts.ts';

/** Daemons that run elsewhere. */
export interface RemoteInputs {
  /** By the platforms that they build; empty: a daemon of this machine. */
  readonly machines: readonly Machines[];
  readonly tls: TlsInputs;
}

/** What a daemon and this client know each other by, as PEM. */
export interface TlsInputs {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name that the daemon's certificate is for, when it is not the one of the address. */
  readonly serverName: string | undefined;
}

export interface RemoteReading {
  readonly isGiven: boolean;
  readonly get: () => RemoteInputs;
}

/** Inputs of a daemon that the action starts itself. */
const LOCAL_INPUTS = ['buildkitConfig', 'buildkitRoot', 'registryMirrors'] as const;

/**
 * Reads `buildkitHost` or the variable BUILDKIT_HOST, and the certificates.
 * @param options.platforms that are asked for
 * @param options.own platform of the runner
 */
export async function readRemote(
  ask: Ask,
  { platforms, own }: { readonly platforms: readonly string[]; readonly own: string },
): Promise<RemoteReading> {
  const { raw, problems, workflow, mask, env } = ask;
  const [lines, input] =
    raw.text('buildkitHost') === undefined
      ? [(env.BUILDKIT_HOST ?? '').split('\n').filter((line) => line.trim() !== ''), 'BUILDKIT_HOST']
      : [list(raw, 'buildkitHost'), 'buildkitHost'];
  const hosts = await attemptAll(problems, lines, (line) => parseBuildkitHost(line, input));
  const ca = await attempt(problems, () => readTextOrFile(raw, 'buildkitCaCert', workflow));
  const cert = await attempt(problems, () => readTextOrFile(raw, 'buildkitClientCert', workflow));
  const key = await attempt(problems, async () => {
    const text = await readTextOrFile(raw, 'buildkitClientKey', workflow);
    if (text !== undefined) {
      mask(text.trim());
    }
    return text;
  });
  const serverName = await attempt(problems, () => optional(raw, 'buildkitServerName', checkServerName));
  await attempt(problems, () => checkPem({ buildkitCaCert: ca.known, buildkitClientCert: cert.known }));
  await attempt(problems, () => checkKey(key.known));
  await attempt(problems, () => checkTogether(raw, lines.length > 0));
  const machines = await attempt(problems, () => {
    const found = hosts.get();
    for (const host of found) {
      checkSecure(host, { hasAuthority: raw.text('buildkitCaCert') !== undefined });
    }
    checkDistinct(found);
    return found.length === 0 ? [] : assignPlatforms(found, { platforms, own });
  });
  return {
    isGiven: lines.length > 0,
    get: () => ({
      machines: machines.get(),
      tls: { ca: ca.get(), cert: cert.get(), key: key.get(), serverName: serverName.get() },
    }),
  };
}

function checkServerName(value: string): string {
  if (/^[\w.-]+$/.test(value)) {
    return value;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `buildkitServerName: "${value}" is not the name of a host.`,
    hint: 'Give the name that the certificate of the daemon is for, without port.',
  });
}

function checkPem(texts: Readonly<Record<string, string | undefined>>): void {
  for (const [input, text] of Object.entries(texts)) {
    if (text !== undefined && !isCertificate(text)) {
      throw new Failure({
        code: 'buildkit-certificate-malformed',
        message: `${input}: the text is no certificate in PEM. It is not shown here.`,
        hint: 'Give the whole text of the file, from -----BEGIN CERTIFICATE----- on, or its path.',
      });
    }
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).fingerprint256 !== '';
  } catch {
    return false;
  }
}

function checkKey(text: string | undefined): void {
  if (text !== undefined && !/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(text)) {
    throw new Failure({
      code: 'buildkit-certificate-malformed',
      message: 'buildkitClientKey: the text is no private key in PEM without a passphrase. It is not shown here.',
      hint: 'Give the whole text of the file, from -----BEGIN PRIVATE KEY----- on, or its path.',
    });
  }
}

/** What one of the inputs needs beside it. */
function checkTogether(raw: Raw, isRemote: boolean): void {
  const has = (name: string) => raw.text(name) !== undefined;
  const names = ['buildkitCaCert', 'buildkitClientCert', 'buildkitClientKey', 'buildkitServerName'];
  const given = names.find(has);
  if (given !== undefined && !isRemote) {
    throw conflict(
      `${given}: there is no buildkitHost that it is for.`,
      'Give the address of the daemon as buildkitHost, or leave it out.',
    );
  }
  if (has('buildkitClientCert') !== has('buildkitClientKey')) {
    const missing = has('buildkitClientCert') ? 'buildkitClientKey' : 'buildkitClientCert';
    throw conflict(
      `${missing}: it is not given, and a certificate and its key only work together.`,
      `Give ${missing} too.`,
    );
  }
  if (has('buildkitClientCert') && !has('buildkitCaCert')) {
    throw conflict(
      'buildkitCaCert: it is not given, so the certificate of the daemon would be trusted by nobody.',
      'Give the certificate of its authority.',
    );
  }
  const local = isRemote ? LOCAL_INPUTS.find(has) : undefined;
  if (local !== undefined) {
    throw conflict(
      `${local}: it is for a daemon that the action starts, and buildkitHost (or BUILDKIT_HOST) names one that runs already.`,
      'Configure that daemon where it runs, or leave one of the two out.',
    );
  }
  const mode = raw.text('buildkitMode') ?? 'auto';
  if (isRemote && mode !== 'auto') {
    throw conflict(
      `buildkitMode: ${mode} is how a daemon of this machine runs, and buildkitHost (or BUILDKIT_HOST) names one that runs already.`,
      'Leave one of the two out.',
    );
  }
}

function conflict(message: string, hint: string): Failure {
  return new Failure({ code: 'buildkit-host-conflict', message, hint });
}

function checkDistinct(hosts: readonly BuildkitHost[]): void {
  const names = hosts.map(({ platform, address }) => (platform === undefined ? address : `${platform}=${address}`));
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again !== undefined) {
    throw conflict(`buildkitHost: ${again} is given twice.`, 'Keep one line.');
  }
}
