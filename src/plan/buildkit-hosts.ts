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
}

/** Machines that build the same platforms: one of them does. */
export interface Machines {
  /** Empty: what the machine is by itself. */
  readonly platforms: readonly string[];
  readonly hosts: readonly BuildkitHost[];
}

const SCHEMES = ['tcp', 'unix', 'kube-pod', 'docker-container'] as const;

/**
 * Reads one line of `buildkitHost`: `[PLATFORM=]ADDRESS[ insecure]`.
 * @param input that the line is from, for errors
 * @throws Failure `buildkit-host-malformed`, `platform-unknown`
 */
export function parseBuildkitHost(line: string, input = 'buildkitHost'): BuildkitHost {
  const {
    platform,
    address = '',
    insecure,
  } = /^(?:(?<platform>[^=:\s]+)\s*=\s*)?(?<address>\S+)(?<insecure>\s+insecure)?$/.exec(line.trim())?.groups ?? {};
  const scheme = /^(?<scheme>[a-z-]+):\/\/./.exec(address)?.groups?.scheme;
  if (!SCHEMES.some((known) => known === scheme)) {
    throw malformed(input, `"${line.trim()}" is no address of a BuildKit`);
  }
  const isInsecure = insecure !== undefined;
  if (scheme === 'tcp') {
    checkTcp(address, input);
  } else if (isInsecure) {
    throw malformed(input, `"insecure" is for tcp:// only, and "${address}" goes another way`);
  }
  return { address, platform: platform === undefined ? undefined : checkPlatform(platform, input), isInsecure };
}

/** Without a port nobody knows where BuildKit listens; buildctl would say so late. */
function checkTcp(address: string, input: string): void {
  const { hostname, port, username, pathname } = URL.canParse(address)
    ? new URL(address)
    : { hostname: '', port: '', username: '', pathname: '' };
  if (hostname === '' || port === '' || username !== '' || !['', '/'].includes(pathname)) {
    throw malformed(input, `"${address}" is not tcp://HOST:PORT`);
  }
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
    message: `buildkitHost: ${host.address} would be spoken to without TLS, and a build hands over its files, secrets and registry tokens.`,
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
  const missing = found.find((entry) => entry.hosts.length === 0);
  if (missing !== undefined) {
    throw new Failure({
      code: 'buildkit-host-missing',
      message: `buildkitHost: there is no address for ${missing.platform}: those that are given are for ${named.join(', ')}.`,
      hint: `Add a line ${missing.platform}=tcp://…, or one without a platform, or correct platforms.`,
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
