import { isIPv4 } from 'node:net';

/** IPv4 addresses that have their first bits in common. */
export interface Subnet {
  /** The first address, as a number. */
  readonly base: number;
  /** Bits in common: 0 to 32. */
  readonly prefix: number;
}

/**
 * 198.18.0.0/15 is for tests of network devices: nothing that a build may want to reach has its address there, unlike in the private
 * ranges, where what lies behind the default route cannot be seen. Source: RFC 2544, appendix C; RFC 6890.
 */
const RANGE: Subnet = { base: numberOf('198.18.0.0'), prefix: 15 };
/** 253 build steps at the same time. */
const PREFIX = 24;
/** More than that are not tried: then it is not other daemons that are in the way. */
const CANDIDATES = 32;

/**
 * The subnets that a daemon may take, in the order in which it tries them: begun at a place of its own, so that several daemons
 * seldom want the same one, without those that the machine has a route into.
 * @param fingerprint hexadecimal digits
 * @param taken what the machine has routes for
 */
export function candidateSubnets(fingerprint: string, taken: readonly Subnet[]): Subnet[] {
  const size = 2 ** (32 - PREFIX);
  const count = 2 ** (PREFIX - RANGE.prefix);
  const start = Number.parseInt(fingerprint.slice(0, 8), 16);
  return Array.from({ length: count }, (_, index) => ({
    base: RANGE.base + ((start + index) % count) * size,
    prefix: PREFIX,
  }))
    .filter((subnet) => !taken.some((other) => overlaps(subnet, other)))
    .slice(0, CANDIDATES);
}

/** Whether two subnets have an address in common. A default route is in nobody's way. */
function overlaps(one: Subnet, other: Subnet): boolean {
  const size = 2 ** (32 - Math.min(one.prefix, other.prefix));
  return other.prefix > 0 && Math.floor(one.base / size) === Math.floor(other.base / size);
}

/** Reads `10.1.2.0/24`; undefined when it is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = '', prefix = ''] = text.split('/');
  const bits = Number(prefix);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(prefix) || bits > 30) {
    return undefined;
  }
  const size = 2 ** (32 - bits);
  return { base: Math.floor(numberOf(address) / size) * size, prefix: bits };
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${addressOf(base)}/${prefix}`;
}

/** The address that the machine itself has in a subnet: the first one, as the plugin that hands out the others expects. */
export function gatewayOf({ base, prefix }: Subnet): string {
  return `${addressOf(base + 1)}/${prefix}`;
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/**
 * What the machine has routes for.
 * @param table text of /proc/net/route: addresses are hexadecimal, with their bytes in the order of the machine, which is little-endian.
 * Source: Linux, net/ipv4/fib_trie.c, fib_route_seq_show.
 */
export function parseRoutes(table: string): (Subnet & { readonly device: string })[] {
  return table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .map(([device = '', destination = '', , , , , , mask = '']) => ({
      device,
      base: littleEndian(destination),
      prefix: 32 - Math.log2(2 ** 32 - littleEndian(mask)),
    }));
}

function littleEndian(hexadecimal: string): number {
  const bytes = hexadecimal.match(/../g) ?? [];
  return Number.parseInt(bytes.reverse().join('') || '0', 16);
}
