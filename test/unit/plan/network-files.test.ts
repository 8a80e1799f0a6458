import { describe, expect, it } from 'vitest';
import { networkConfig, networkRules } from '../../../src/plan/network-files.ts';
import { parseSubnet } from '../../../src/plan/subnets.ts';

const BRIDGE = {
  bridge: 'bk-0123456789ab',
  subnet: parseSubnet('198.18.3.0/24') ?? { base: 0, prefix: 0 },
  nameservers: ['192.0.2.53'],
  comment: 'buildkit-aws-daemon-0123456789abcdef',
};

describe('the rules for a network', () => {
  const lines = networkRules(BRIDGE).trim().split('\n');
  const rules = lines.filter((line) => line.startsWith('-I'));

  it('are for its bridge or its subnet alone, and each has its comment', () => {
    for (const rule of rules) {
      expect(rule).toMatch(/ (?:-[io] bk-0123456789ab|-s 198\.18\.3\.0\/24) /);
      expect(rule).toContain(' -m comment --comment buildkit-aws-daemon-0123456789abcdef -j ');
    }
  });

  it('stand in their order before all others', () => {
    const numbers = (chain: string) =>
      rules.flatMap((rule) => new RegExp(`^-I ${chain} (\\d+) `).exec(rule)?.slice(1).map(Number) ?? []);
    for (const chain of ['INPUT', 'FORWARD', 'PREROUTING', 'POSTROUTING']) {
      expect(numbers(chain)).toEqual(numbers(chain).map((_, index) => index + 1));
      expect(numbers(chain)).not.toEqual([]);
    }
  });

  it('are tables as iptables-restore reads them', () => {
    expect(lines.filter((line) => !line.startsWith('-I'))).toEqual(['*nat', 'COMMIT', '*filter', 'COMMIT']);
  });

  it('except name servers from what is refused', () => {
    const at = (text: string) => rules.findIndex((rule) => rule.includes('FORWARD') && rule.includes(text));
    expect(at('-d 192.0.2.53 -p udp --dport 53')).toBeLessThan(at('-d 169.254.0.0/16'));
    expect(networkRules({ ...BRIDGE, nameservers: [] })).not.toContain('--dport 53');
  });
});

it('the network is told to CNI with addresses that are kept track of apart from others', () => {
  expect(JSON.parse(networkConfig(BRIDGE, { mtu: 1400, state: '/scratch/addresses' }))).toEqual({
    cniVersion: '1.0.0',
    name: BRIDGE.comment,
    plugins: [
      {
        type: 'bridge',
        bridge: BRIDGE.bridge,
        isDefaultGateway: true,
        ipMasq: false,
        mtu: 1400,
        ipam: {
          type: 'host-local',
          dataDir: '/scratch/addresses',
          ranges: [[{ subnet: '198.18.3.0/24', gateway: '198.18.3.1' }]],
        },
      },
    ],
  });
});
