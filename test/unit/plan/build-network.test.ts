import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import {
  decideNetwork,
  hostNetworkWarning,
  isNetworkGiven,
  type NetworkFacts,
  nameserversOf,
} from '../../../src/plan/build-network.ts';
import type { Privilege } from '../../../src/plan/buildkit-mode.ts';
import { formatSubnet } from '../../../src/plan/subnets.ts';

const FACTS: NetworkFacts = {
  missing: [],
  nameservers: ['192.0.2.53'],
  routes: [],
  isIpv6Only: false,
  hasFirewalld: false,
  mtu: 9001,
};

function decide(facts: Partial<NetworkFacts> = {}, toml = '', privilege: Privilege = 'root') {
  return decideNetwork({ ...FACTS, ...facts }, { config: parse(toml), privilege, fingerprint: '00000003' });
}

describe('the network of build steps', () => {
  it('is a bridge where all is there, with packets that everybody takes', () => {
    expect(decide()).toMatchObject({ kind: 'bridge', nameservers: ['192.0.2.53'], mtu: 1500 });
    expect(decide({ mtu: 1280 })).toMatchObject({ mtu: 1280 });
    expect(decide({}, '', 'sudo')).toMatchObject({ kind: 'bridge' });
  });

  it.each<[string, Partial<NetworkFacts>, RegExp]>([
    ['a program is missing', { missing: ['buildkit-cni-bridge', 'iptables'] }, /no buildkit-cni-bridge, iptables/],
    ['firewalld decides about what is forwarded', { hasFirewalld: true }, /firewalld/],
    ['there is only IPv6 to reach others by', { isIpv6Only: true }, /IPv6 only/],
    ['the name server is on loopback', { nameservers: ['127.0.0.11'] }, /name server 127\.0\.0\.11 cannot/],
    ['the name servers have IPv6 addresses', { nameservers: ['2001:db8::53', '::1'] }, /2001:db8::53, ::1 cannot/],
  ])('is that of the machine where %s', (_, facts, reason) => {
    expect(decide(facts)).toMatchObject({ kind: 'host', reason: expect.stringMatching(reason) });
  });

  it.each<[string, Partial<NetworkFacts>, string, readonly string[]]>([
    ['one of several can be reached', { nameservers: ['127.0.0.1', '192.0.2.1'] }, '', ['192.0.2.1']],
    ['there is none, and BuildKit takes public ones', { nameservers: [] }, '', []],
    ['buildkitConfig names them', { nameservers: ['127.0.0.1'] }, '[dns]\nnameservers = ["192.0.2.9"]', ['192.0.2.9']],
  ])('is a bridge where the name servers are so: %s', (_, facts, toml, nameservers) => {
    expect(decide(facts, toml)).toMatchObject({ kind: 'bridge', nameservers });
  });

  it.each([
    'networkMode = "host"',
    'networkMode = "bridge"',
    'cniConfigPath = "/etc/cni.conflist"',
    'cniBinaryPath = "/opt/cni"',
  ])('is what buildkitConfig says: %s', (line) => {
    const toml = `[worker.oci]\n${line}\n`;
    expect(decide({ missing: ['iptables'] }, toml)).toEqual({ kind: 'given' });
    expect(isNetworkGiven(parse(toml), 'root')).toBe(true);
  });

  it('is nothing that is decided for a rootless daemon', () => {
    expect(decide({}, '', 'rootless')).toEqual({ kind: 'given' });
    expect(isNetworkGiven({}, 'sudo')).toBe(false);
  });

  it('has the subnet that buildkitConfig names, or one of several', () => {
    const texts = (toml: string) => {
      const plan = decide({}, toml);
      return plan.kind === 'bridge' ? plan.subnets.map(formatSubnet) : [];
    };
    expect(texts('[worker.oci]\nbridgeSubnet = "10.99.0.0/16"\n')).toEqual(['10.99.0.0/16']);
    expect(texts('')[0]).toBe('198.18.3.0/24');
    expect(texts('[worker.oci]\nbridgeSubnet = "none"\n')[0]).toBe('198.18.3.0/24');
  });

  it('that of the machine is warned of with what a Dockerfile can reach and what to change', () => {
    const text = hostNetworkWarning({ reason: 'it is so', fix: 'Change it' });
    expect(text).toMatch(
      /: it is so\. A RUN .* loopback .* instance metadata .*\. Change it, or set networkMode = "host"/,
    );
  });
});

describe('the name servers of a machine', () => {
  it.each<[string, string, string, readonly string[]]>([
    [
      'as they stand',
      'nameserver 192.0.2.1\n# nameserver 192.0.2.2\n nameserver\tfe80::1%eth0\nsearch a b\n',
      '',
      ['192.0.2.1', 'fe80::1'],
    ],
    [
      'those that systemd-resolved asks',
      'nameserver 127.0.0.53\n',
      'nameserver 192.0.2.7\n',
      ['192.0.2.7', '127.0.0.53'],
    ],
    [
      'not those when others stand beside it',
      'nameserver 127.0.0.53\nnameserver 192.0.2.1\n',
      'nameserver 192.0.2.7\n',
      ['127.0.0.53', '192.0.2.1'],
    ],
    ['only itself when it says nothing of them', 'nameserver 127.0.0.53\n', '', ['127.0.0.53']],
    ['none', '', 'nameserver 192.0.2.7\n', []],
    ['no names', 'nameserver example.com\n', '', []],
  ])('are %s', (_, text, upstream, expected) => {
    expect(nameserversOf(text, upstream)).toEqual(expected);
  });
});
