import { createHash } from 'node:crypto';
import { Failure } from '../failure.ts';
import { isLoopback } from './hosts.ts';
import { checkPlatform } from './platforms.ts';

/** One running BuildKit. */
export interface BuildkitHost {
  /** As buildctl takes it: `tcp://HOST:PORT`, `unix://PATH`, `kube-pod://POD`, `docker-container://NAME`. */
  readonly address: string;
  /** The platform that goes there, in BuildKit's spelling; undefined: any. */
  readonly platform: string | undefined;
  /** The user has asked for a connection that everybody on the way can read. */
  readonly isInsecure: boolean;
  /** The input that it is from, or the variable BUILDKIT_HOST, for errors. */
  readonly input: string;
}

/** Machines that build the same platforms: one of them does. */
export interface Machines {
  /** Empty: what the machine is by itself. */
  readonly platforms: readonly string[];
  readonly hosts: readonly BuildkitHost[];
}

/**
 * What is wrong with an address, by its scheme; undefined: nothing. buildctl would say so late, or hand a name to docker or kubectl, which
 * take it for an option. Source: BuildKit v0.32.2, client/connhelper.
 */
const SCHEMES: Readonly<Record<string, (rest: string) => string | undefined>> = {
  tcp: problemOfTcp,
  unix: problemOfSocket,
  'kube-pod': problemOfPod,
  'docker-container': problemOfContainer,
};

const NAME = /^[a-zA-Z0-9][\w.-]*$/;
const NAME_RULE = 'it begins with a letter or a digit, and goes on with letters, digits, "_", "." and "-"';
const KUBERNETES_NAME = /^[a-z0-9][a-z0-9.-]*$/;
const KUBERNETES_NAME_RULE =
  'it begins with a lower-case letter or a digit, and goes on with lower-case letters, digits, "." and "-"';

/**
 * Reads one line of `buildkitHost`: `[PLATFORM=]ADDRESS[ insecure]`.
 * @param input that the line is from, for errors
 * @throws Failure `buildkit-host-malformed`, `platform-unknown`
 */
export function parseBuildkitHost(line: string, input = 'buildkitHost'): BuildkitHost {
  const {
    platform,
    address: given = '',
    insecure,
  } = /^(?:(?<platform>[^=:\s]+)\s*=\s*)?(?<address>\S+)(?<insecure>\s+insecure)?$/.exec(line.trim())?.groups ?? {};
  const { scheme = '', rest: givenRest = '' } = /^(?<scheme>[a-z-]+):\/\/(?<rest>.+)$/.exec(given)?.groups ?? {};
  const check = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  const shown = (text: string) =>
    /:[^/:@]*@/.test(text) ? 'an entry with a password, which is not shown here,' : `"${text}"`;
  if (check === undefined) {
    throw malformed(input, `${shown(line.trim())} is no address of a BuildKit`);
  }
  // A slash behind a host or a name means nothing.
  const rest = givenRest.replace(/^([^/?]+)\/(?=$|\?)/, '$1');
  const problem = check(rest);
  if (problem !== undefined) {
    throw malformed(input, `${shown(given)} ${problem}`);
  }
  const address = `${scheme}://${rest}`;
  const isInsecure = insecure !== undefined;
  if (isInsecure && scheme !== 'tcp') {
    throw malformed(input, `"insecure" is for tcp:// only, and "${address}" goes another way`);
  }
  return { address, platform: platform === undefined ? undefined : checkPlatform(platform, input), isInsecure, input };
}

/** Without a port nobody knows where BuildKit listens. */
function problemOfTcp(rest: string): string | undefined {
  const address = `tcp://${rest}`;
  const { hostname, port } = URL.parse(address) ?? { hostname: '', port: '' };
  return hostname === '' || port === '' || /[@/?#]/.test(rest) ? 'is not tcp://HOST:PORT' : undefined;
}

function problemOfSocket(path: string): string | undefined {
  if (!path.startsWith('/')) {
    return 'has no absolute path: three slashes begin one, as in unix:///run/buildkit/buildkitd.sock';
  }
  return path.endsWith('/') ? 'is a directory, and not the socket in it' : undefined;
}

function problemOfPod(rest: string): string | undefined {
  const [pod, query] = splitQuery(rest);
  if (!KUBERNETES_NAME.test(pod)) {
    return `has no name of a pod: ${KUBERNETES_NAME_RULE}`;
  }
  const problem = problemOfQuery(query, ['namespace', 'container', 'context']);
  const parameters = new URLSearchParams(query);
  const wrong = ['namespace', 'container'].find((key) => {
    const name = parameters.get(key) ?? '';
    // An empty one is as none.
    return name !== '' && !KUBERNETES_NAME.test(name);
  });
  return problem ?? (wrong === undefined ? undefined : `has no name of a ${wrong}: ${KUBERNETES_NAME_RULE}`);
}

function problemOfContainer(rest: string): string | undefined {
  const [container, query] = splitQuery(rest);
  return NAME.test(container) ? problemOfQuery(query, ['context']) : `has no name of a container: ${NAME_RULE}`;
}

function splitQuery(rest: string): [string, string] {
  const [name = '', query = ''] = rest.split(/\?(.*)/s);
  return [name, query];
}

/** What BuildKit does not know or cannot read it drops, and would take another container than the one that is meant. */
function problemOfQuery(query: string, known: readonly string[]): string | undefined {
  if (/[;#]|%(?![0-9a-f]{2})/i.test(query)) {
    return 'has a character behind the "?" that cannot stand there: write KEY=VALUE, with "&" in between';
  }
  const keys = [...new URLSearchParams(query).keys()];
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    return `has "${unknown}" behind the "?", and only ${known.join(', ')} can stand there`;
  }
  const again = keys.find((key, index) => keys.indexOf(key) !== index);
  if (again !== undefined) {
    return `has "${again}" twice`;
  }
  // The names of contexts are free.
  const isOption = new URLSearchParams(query).get('context')?.startsWith('-') === true;
  return isOption ? 'has no name of a context: it does not begin with "-"' : undefined;
}

function malformed(input: string, reason: string): Failure {
  return new Failure({
    code: 'buildkit-host-malformed',
    message: `${input}: ${reason}.`,
    hint: 'Write one address per line, such as tcp://buildkitd:1234, linux/arm64=tcp://arm:1234, unix:///run/buildkit/buildkitd.sock, kube-pod://POD?namespace=NAME or docker-container://NAME.',
  });
}

/** `HOST:PORT` of a TCP address, else undefined. */
export function tcpHost({ address }: BuildkitHost): string | undefined {
  return address.startsWith('tcp://') ? new URL(address).host : undefined;
}

/**
 * Sees that nobody on the way can read along or take the place of BuildKit, unless that was asked for.
 * @param options.hasAuthority whether there is a certificate to know BuildKit by
 * @throws Failure `buildkit-host-insecure`
 */
export function checkSecure(host: BuildkitHost, { hasAuthority }: { readonly hasAuthority: boolean }): void {
  const target = tcpHost(host);
  if (target === undefined || hasAuthority || host.isInsecure || isLoopback(target) || target.startsWith('[::1]')) {
    return;
  }
  throw new Failure({
    code: 'buildkit-host-insecure',
    message: `${host.input}: ${host.address} would be spoken to without TLS, and a build hands over its files, secrets and registry tokens.`,
    hint: 'Give buildkitCaCert, buildkitClientCert and buildkitClientKey; or put " insecure" at the end of the line where the network is trusted.',
  });
}

/**
 * Sends platforms to machines: those that have the same hosts are built there together.
 * @param options.platforms that are asked for; none: the machine's own
 * @param options.own platform of the runner
 * @throws Failure `buildkit-host-missing`
 */
export function assignPlatforms(
  hosts: readonly BuildkitHost[],
  { platforms, own }: { readonly platforms: readonly string[]; readonly own: string },
): Machines[] {
  const open = hosts.filter(({ platform }) => platform === undefined);
  const named = [...new Set(hosts.flatMap(({ platform }) => platform ?? []))];
  if (platforms.length === 0 && named.length === 0) {
    return [{ platforms: [], hosts }];
  }
  // Without platforms the image is for the machine that it is built on, and for the runner's own where machines differ.
  const [single, ...others] = named;
  const asked =
    platforms.length > 0
      ? platforms
      : [open.length === 0 && others.length === 0 && single !== undefined ? single : own];
  const found = asked.map((platform) => {
    const theirs = hosts.filter((host) => host.platform === platform);
    return { platform, hosts: theirs.length > 0 ? theirs : open };
  });
  const missing = found.filter((entry) => entry.hosts.length === 0).map(({ platform }) => platform);
  if (missing.length > 0) {
    throw new Failure({
      code: 'buildkit-host-missing',
      message: `${hosts[0]?.input ?? 'buildkitHost'}: there is no address for ${missing.join(', ')}: those that are given are for ${named.join(', ')}.`,
      hint: `Add a line ${missing[0]}=tcp://…, or one without a platform, or correct platforms.`,
    });
  }
  const groups = Map.groupBy(found, (entry) => JSON.stringify(entry.hosts.map(({ address }) => address)));
  return [...groups.values()].map((group) => ({
    platforms: group.map(({ platform }) => platform),
    hosts: group[0]?.hosts ?? [],
  }));
}

/**
 * Puts hosts into the order in which they are asked for a repository: the same one each time, so that its caches are warm, and when one
 * is added or taken away only what is on that one moves. Source: rendezvous hashing, Thaler and Ravishankar 1996.
 * @param key what is built, such as the repository of the image
 */
export function rankHosts(hosts: readonly BuildkitHost[], key: string): BuildkitHost[] {
  const weight = ({ address }: BuildkitHost) => createHash('sha256').update(`${address}\n${key}`).digest('hex');
  return hosts
    .map((host) => ({ host, weight: weight(host) }))
    .sort((one, other) => (one.weight < other.weight ? 1 : -1))
    .map(({ host }) => host);
}
