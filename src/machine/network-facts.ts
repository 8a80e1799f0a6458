import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { type NetworkFacts, nameserversOf } from '../plan/build-network.ts';
import { parseRoutes } from '../plan/subnets.ts';
import { NETWORK_PROGRAMS, SYSTEM_DIRECTORIES } from './network.ts';
import { PROC, processesWith } from './processes.ts';
import { findProgram } from './programs.ts';

/**
 * Reads what the network of build steps depends on. Nothing is changed or tried.
 * @param path of the step
 */
export async function readNetworkFacts(path: string | undefined): Promise<NetworkFacts> {
  const places = [path ?? '', ...SYSTEM_DIRECTORIES].join(delimiter);
  const [programs, resolver, upstream, table, ipv6, firewalls] = await Promise.all([
    Promise.all(NETWORK_PROGRAMS.map(async (name) => ({ name, path: await findProgram(name, places) }))),
    textOf('/etc/resolv.conf'),
    textOf('/run/systemd/resolve/resolv.conf'),
    textOf(`${PROC}/self/net/route`),
    textOf(`${PROC}/self/net/ipv6_route`),
    processesWith('cmdline', (line) => /(?:^|\/|\0)firewalld\0/.test(line)),
  ]);
  const routes = parseRoutes(table);
  const device = routes.find(({ prefix }) => prefix === 0)?.device;
  return {
    missing: programs.flatMap((program) => (program.path === undefined ? [program.name] : [])),
    nameservers: nameserversOf(resolver, upstream),
    routes,
    isIpv6Only: device === undefined && hasDefaultRoute(ipv6),
    hasFirewalld: firewalls.length > 0,
    mtu: device === undefined ? 1500 : Number(await textOf(`/sys/class/net/${device}/mtu`)) || 1500,
  };
}

/** Source: Linux, net/ipv6/route.c, rt6_fill_node of /proc: destination, its length; the kernel's own refusal stands on lo. */
function hasDefaultRoute(table: string): boolean {
  return table.split('\n').some((line) => /^0{32} 00 /.test(line) && !line.trimEnd().endsWith(' lo'));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
