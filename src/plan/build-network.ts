import { isIP, isIPv4 } from 'node:net';
import type { TomlTable } from 'smol-toml';
import type { Privilege } from './buildkit-mode.ts';
import { valueAt } from './daemon-config.ts';
import { candidateSubnets, parseSubnet, type Subnet } from './subnets.ts';

/** What was found out about a machine: what a network of their own for build steps takes. */
export interface NetworkFacts {
  /** Of the programs that it takes, those that are not there. */
  readonly missing: readonly string[];
  /** Addresses that the machine resolves names with. */
  readonly nameservers: readonly string[];
  readonly routes: readonly Subnet[];
  /** Whether others can be reached by IPv6 and not by IPv4. */
  readonly isIpv6Only: boolean;
  readonly hasFirewalld: boolean;
  /** Largest packet that the machine sends to others. Bytes. */
  readonly mtu: number;
}

/** The network that build steps get. */
export type NetworkPlan =
  /** What buildkitConfig says, or a rootless daemon does. */
  | { readonly kind: 'given' }
  /** That of the machine, and why no other. */
  | { readonly kind: 'host'; readonly reason: string; readonly fix: string }
  | {
      readonly kind: 'bridge';
      /** Of which it takes the first that no other daemon has. */
      readonly subnets: readonly Subnet[];
      /** Which a step may ask, wherever they are. */
      readonly nameservers: readonly string[];
      readonly mtu: number;
    };

/** Who sets one of these wants another network than the action's. Source: BuildKit v0.32.2, cmd/buildkitd/config. */
const GIVEN = ['networkMode', 'cniConfigPath', 'cniBinaryPath'];

/** Whether the network of build steps is nothing that the action decides about. */
export function isNetworkGiven(config: TomlTable, privilege: Privilege): boolean {
  return privilege === 'rootless' || GIVEN.some((key) => valueAt(config, ['worker', 'oci', key]) !== undefined);
}

/**
 * Decides which network build steps get: one of their own, so that a Dockerfile reaches neither services of this machine nor
 * instance metadata, wherever names and addresses can be reached from there as they can from the machine.
 * @param options.config buildkitConfig
 * @param options.fingerprint of the daemon, hexadecimal digits
 */
export function decideNetwork(
  facts: NetworkFacts,
  {
    config,
    privilege,
    fingerprint,
  }: { readonly config: TomlTable; readonly privilege: Privilege; readonly fingerprint: string },
): NetworkPlan {
  if (isNetworkGiven(config, privilege)) {
    return { kind: 'given' };
  }
  if (facts.missing.length > 0) {
    const names = facts.missing.join(', ');
    return host(`this machine has no ${names}`, `Bring ${names} to it (docs/self-hosted.md, "Network of build steps")`);
  }
  if (facts.hasFirewalld) {
    return host('firewalld would drop what a bridge forwards', 'Use a machine without firewalld');
  }
  if (facts.isIpv6Only) {
    return host(
      'this machine reaches others by IPv6 only, and a bridge has IPv4',
      'Give it an IPv4 route, or a machine to build on that has one',
    );
  }
  const given = stringsAt(config, ['dns', 'nameservers']);
  const asked = given.length > 0 ? given : facts.nameservers;
  const nameservers = asked.filter((address) => isIPv4(address) && !isLoopbackAddress(address));
  if (asked.length > 0 && nameservers.length === 0) {
    return host(
      `its name server ${asked.join(', ')} cannot be reached from a bridge`,
      'Name one that can, as nameservers under [dns] in buildkitConfig',
    );
  }
  const wanted = valueAt(config, ['worker', 'oci', 'bridgeSubnet']);
  const own = typeof wanted === 'string' ? parseSubnet(wanted) : undefined;
  const subnets = own === undefined ? candidateSubnets(fingerprint, facts.routes) : [own];
  return { kind: 'bridge', subnets, nameservers, mtu: Math.min(facts.mtu, 1500) };
}

function host(reason: string, fix: string): NetworkPlan {
  return { kind: 'host', reason, fix };
}

/** What the log says of build steps on the network of the machine. On a hosted runner there is little else on it. */
export function hostNetworkLine(reason: string): string {
  return `Build steps use the network of this machine: ${reason}`;
}

/** The same on a machine that is somebody's own. */
export function hostNetworkWarning({ reason, fix }: { readonly reason: string; readonly fix: string }): string {
  return `${hostNetworkLine(reason)}. A RUN of the Dockerfile can reach services on its loopback addresses, and instance metadata with the role of the machine. ${fix}, or set networkMode = "host" under [worker.oci] in buildkitConfig when this is meant.`;
}

/**
 * The name servers of a resolv.conf, as BuildKit takes them: where systemd-resolved is the only one, those that it asks in turn.
 * Source: BuildKit v0.32.2, executor/oci/resolvconf.go; resolv.conf(5).
 * @param upstream text of systemd-resolved's own file; empty when there is none
 */
export function nameserversOf(text: string, upstream: string): string[] {
  const own = addressesIn(text);
  return own.length === 1 && own[0] === '127.0.0.53' ? [...addressesIn(upstream), ...own] : own;
}

function addressesIn(text: string): string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].flatMap(([, address = '']) => {
    const [plain = ''] = address.split('%');
    return isIP(plain) === 0 ? [] : [plain];
  });
}

function isLoopbackAddress(address: string): boolean {
  return /^127\./.test(address);
}

function stringsAt(table: TomlTable, path: readonly string[]): string[] {
  const value = valueAt(table, path);
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
