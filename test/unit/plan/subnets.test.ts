import { describe, expect, it } from 'vitest';
import { candidateSubnets, formatSubnet, gatewayOf, parseRoutes, parseSubnet } from '../../../src/plan/subnets.ts';

/** The subnets of these texts. */
function subnets(...texts: readonly string[]) {
  return texts.flatMap((text) => parseSubnet(text) ?? []);
}

function candidates(fingerprint: string, ...taken: readonly string[]): string[] {
  return candidateSubnets(fingerprint, subnets(...taken)).map(formatSubnet);
}

describe('the subnets that a daemon may take', () => {
  it('begin at a place of its own, and go round', () => {
    expect(candidates('00000003').slice(0, 2)).toEqual(['198.18.3.0/24', '198.18.4.0/24']);
    expect(candidates('000001ff').slice(0, 2)).toEqual(['198.19.255.0/24', '198.18.0.0/24']);
    expect(candidates('ffffffffffffffff')[0]).toBe('198.19.255.0/24');
  });

  it.each([
    ['the same', '198.18.3.0/24'],
    ['a part of it', '198.18.3.128/25'],
    ['one address in it', '198.18.3.7/30'],
    ['more than it', '198.18.2.0/23'],
  ])('are none that the machine has a route into: %s', (_, taken) => {
    expect(candidates('00000003', taken)[0]).toBe('198.18.4.0/24');
  });

  it('are none where a route has all of them', () => {
    expect(candidates('00000003', '198.0.0.0/8')).toEqual([]);
  });

  it('are not kept away by a default route, or one elsewhere', () => {
    expect(candidates('00000003', '0.0.0.0/0', '10.0.0.0/8', '198.17.255.0/24')[0]).toBe('198.18.3.0/24');
  });
});

describe('a subnet', () => {
  it('is read from a text with any address in it, and has its first one for the machine', () => {
    const [subnet] = subnets('10.88.7.9/16');
    expect(subnet && [formatSubnet(subnet), gatewayOf(subnet)]).toEqual(['10.88.0.0/16', '10.88.0.1/16']);
  });

  it.each(['', '10.0.0.0', '10.0.0.0/31', '10.0.0/8', 'fd00::/64', '10.0.0.0/x'])('is none: %j', (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });
});

it('the routes of a machine are read as Linux writes them', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'tun0\t0000120A\t00000000\t0001\t0\t0\t0\t0000FEFF\t0\t0\t0',
    '',
  ];
  expect(parseRoutes(table.join('\n')).map((route) => [route.device, formatSubnet(route)])).toEqual([
    ['eth0', '0.0.0.0/0'],
    ['eth0', '192.0.2.0/24'],
    ['tun0', '10.18.0.0/15'],
  ]);
  expect(parseRoutes('')).toEqual([]);
});
