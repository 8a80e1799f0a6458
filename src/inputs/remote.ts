import { Failure } from '../failure.ts';
import {
  assignPlatforms,
  type BuildkitHost,
  checkSecure,
  type Machines,
  parseBuildkitHost,
} from '../plan/buildkit-hosts.ts';
import { MODES } from '../plan/buildkit-mode.ts';
import { checkPair, readCertificates, readClientKey } from './certificates.ts';
import { type Ask, attempt, attemptAll, entriesOf, list, optional, type Raw } from './grammar.ts';
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

/** Inputs of the connection to a daemon elsewhere. */
const CONNECTION_INPUTS = ['buildkitCaCert', 'buildkitClientCert', 'buildkitClientKey', 'buildkitServerName'] as const;

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
      ? [entriesOf(env.BUILDKIT_HOST ?? ''), 'BUILDKIT_HOST']
      : [list(raw, 'buildkitHost'), 'buildkitHost'];
  const isGiven = lines.length > 0;
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
  await attempt(problems, () => readCertificates(ca.known, 'buildkitCaCert'));
  const chain = await attempt(problems, () => readCertificates(cert.known, 'buildkitClientCert'));
  const ownKey = await attempt(problems, () => readClientKey(key.known));
  await attempt(problems, () => checkPair(ownKey.known, chain.known ?? []));
  problems.push(...conflictsOf(raw, isGiven ? input : undefined));
  const hasAuthority = raw.text('buildkitCaCert') !== undefined;
  await attemptAll(problems, hosts.known ?? [], (host) => checkSecure(host, { hasAuthority }));
  problems.push(...repeated(hosts.known ?? []));
  const machines = await attempt(problems, () => {
    const found = hosts.get();
    return found.length === 0 ? [] : assignPlatforms(found, { platforms, own });
  });
  return {
    isGiven,
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

/** What does not fit together. @param source input or variable that names a daemon elsewhere; undefined: there is none */
function conflictsOf(raw: Raw, source: string | undefined): Failure[] {
  return [...connectionConflicts(raw, source), ...(source === undefined ? [] : localConflicts(raw, source))];
}

/** What one of the inputs of a connection needs beside it. */
function connectionConflicts(raw: Raw, source: string | undefined): Failure[] {
  const has = (name: string) => raw.text(name) !== undefined;
  const useless = source === undefined ? CONNECTION_INPUTS.filter(has) : [];
  const isHalf = has('buildkitClientCert') !== has('buildkitClientKey');
  const missing = has('buildkitClientCert') ? 'buildkitClientKey' : 'buildkitClientCert';
  return [
    ...useless.map((name) =>
      conflict(
        `${name}: there is no buildkitHost that it is for.`,
        'Give the address of the daemon as buildkitHost, or leave it out.',
      ),
    ),
    ...(isHalf
      ? [
          conflict(
            `${missing}: it is not given, and a certificate and its key only work together.`,
            `Give ${missing} too.`,
          ),
        ]
      : []),
    ...(has('buildkitClientCert') && !has('buildkitCaCert')
      ? [
          conflict(
            'buildkitCaCert: it is not given, so the certificate of the daemon would be trusted by nobody.',
            'Give the certificate of its authority.',
          ),
        ]
      : []),
  ];
}

/** Inputs of a daemon that the action would start. */
function localConflicts(raw: Raw, source: string): Failure[] {
  // One that it does not know is a problem of its own.
  const mode = MODES.find((known) => known === raw.text('buildkitMode')) ?? 'auto';
  const instead =
    source === 'BUILDKIT_HOST'
      ? 'leave it out; or give BUILDKIT_HOST an empty value in env of the step, which starts one here'
      : 'leave one of the two out';
  return [
    ...LOCAL_INPUTS.filter((name) => raw.text(name) !== undefined).map((name) =>
      conflict(
        `${name}: it is for a daemon that the action starts, and ${source} names one that runs already.`,
        `Configure that daemon where it runs, or ${instead}.`,
      ),
    ),
    ...(mode === 'auto'
      ? []
      : [
          conflict(
            `buildkitMode: ${mode} is how a daemon of this machine runs, and ${source} names one that runs already.`,
            `Use auto, or ${instead}.`,
          ),
        ]),
  ];
}

function conflict(message: string, hint: string): Failure {
  return new Failure({ code: 'buildkit-host-conflict', message, hint });
}

/** Addresses that are given more than once for a platform. */
function repeated(hosts: readonly BuildkitHost[]): Failure[] {
  const lines = hosts.map(({ platform, address, input }) => ({
    input,
    line: platform === undefined ? address : `${platform}=${address}`,
  }));
  return [...Map.groupBy(lines, ({ line }) => line)].flatMap(([line, [first, ...others]]) =>
    first === undefined || others.length === 0
      ? []
      : [conflict(`${first.input}: ${line} is given more than once.`, 'Keep one line.')],
  );
}
