import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { BRIDGE_PREFIX, type Bridge, networkRules } from '../plan/network-files.ts';
import { formatSubnet, gatewayOf, type Subnet } from '../plan/subnets.ts';
import { DAEMON_ROOT, nameOfSibling, OWN_DIGITS } from './daemon-scratch.ts';
import { PROC } from './processes.ts';
import { type RunResult, runAs } from './run.ts';
import { BULK_PREFIX, exists, type Scratch, scratchAt } from './scratch.ts';

/** Programs of the system that a network of its own takes. */
export const NETWORK_PROGRAMS = ['ip', 'iptables'] as const;

/** Where they are, also for a user whose PATH has only programs for users. */
export const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'] as const;

/** Name of the interface that build steps of a daemon are behind; the digits in the name of its scratch tell it from others. */
export function bridgeOf({ directory }: Scratch): string {
  const [, digits = ''] = basename(directory).split('-');
  return BRIDGE_PREFIX + digits.slice(0, 15 - BRIDGE_PREFIX.length);
}

/** Stands in the rules of the firewall that are for a daemon. */
function commentOf({ directory }: Scratch): string {
  return BULK_PREFIX + basename(directory);
}

/** Exit code: another one has this subnet. Source: sysexits.h, EX_TEMPFAIL. */
const TAKEN = 75;

/** Written on the bridge when the machine forwarded nothing before, and when who made it has begun to take it away. */
const [QUIET, LEAVING] = ['forwarding-was-off', 'leaving'];

const PREPARE = `PATH=$PATH:${SYSTEM_DIRECTORIES.join(':')}
forwarding=/proc/sys/net/ipv4/ip_forward
ours() { ip -o link show type bridge | grep ": ${BRIDGE_PREFIX}"; }
`;

/**
 * Runs as root: $1 is the bridge, $2 its address, $3 the subnet, $4 its largest packet, $5 the rules.
 * The bridge comes first and goes last: where there is none, there is nothing else. The kernel lets only one have the route, so two daemons
 * that start at the same time never share a subnet. Without IPv6 on the bridge, no step finds a link-local way to this machine.
 */
const CONNECT = `${PREPARE}
give_up() { ip link del "$bridge"; exit "$1"; }
bridge=$1
ip link add name "$bridge" mtu "$4" type bridge || exit 1
ipv6=/proc/sys/net/ipv6/conf/$bridge/disable_ipv6
[ ! -e "$ipv6" ] || echo 1 >"$ipv6" || give_up 1
ip addr add "$2" dev "$bridge" noprefixroute && ip link set "$bridge" up || give_up 1
ip route add "$3" dev "$bridge" scope link src "\${2%/*}" || give_up ${TAKEN}
if [ "$(cat $forwarding)" = 0 ] || ours | grep -q "alias ${QUIET}"; then
  ip link set "$bridge" alias ${QUIET}
fi
[ "$(cat $forwarding)" = 1 ] || echo 1 >$forwarding || exit 1
printf %s "$5" | iptables-restore --noflush -w 5 || exit 1
`;

/**
 * Runs as root: $1 is the bridge, $2 the comment of its rules, $3 where the daemon kept the namespaces of its steps.
 * What CNI remembers of them is not in the daemon's own directory. The machine stops forwarding if it did not before and nobody has rules for it, another
 * daemon or somebody else. A daemon that starts at this moment has none yet: it is looked for after that, and gets it back.
 */
const DISCONNECT = `${PREPARE}
bridge=$1
others() { ours | grep -v ": $bridge:" | grep -qv "alias ${QUIET}-${LEAVING}"; }
rules() { iptables-save 2>/dev/null | grep -e '^\\*' -e '^COMMIT' -e "^-A.*--comment \\"\\{0,1\\}$2\\"\\{0,1\\} "; }
for attempt in 1 2 3; do
  rules "$@" | grep -q '^-A' || break
  rules "$@" | sed 's/^-A/-D/' | iptables-restore --noflush -w 5
done
find /var/lib/cni/results -type f -exec grep -qF "\\"$3/" {} ';' -exec rm -f {} ';' 2>/dev/null
if ip -o link show "$bridge" | grep -q "alias ${QUIET}"; then
  ip link set "$bridge" alias ${QUIET}-${LEAVING}
  if ! iptables -S FORWARD | grep -q '^-A'; then
    echo 0 >$forwarding
    ! others || echo 1 >$forwarding
  fi
fi
for port in $(ip -o link show master "$bridge" | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'); do ip link del "$port"; done
ip link del "$bridge"
! rules "$@" | grep -q '^-A'
`;

/**
 * Makes the network of the build steps of a daemon: a bridge, with rules that keep it away from this machine.
 * @returns it, or why it cannot be made, in words of the system
 */
export async function connectBridge(
  scratch: Scratch,
  options: {
    readonly subnets: readonly Subnet[];
    readonly nameservers: readonly string[];
    readonly mtu: number;
    readonly privilege: Privilege;
  },
): Promise<Bridge | { readonly refusal: string }> {
  const { subnets, nameservers, mtu, privilege } = options;
  const [bridge, comment] = [bridgeOf(scratch), commentOf(scratch)];
  await disconnectLeft(scratch, privilege);
  let last: RunResult | undefined;
  for (const subnet of subnets) {
    const network = { bridge, subnet, nameservers, comment };
    const args = [bridge, gatewayOf(subnet), formatSubnet(subnet), String(mtu), networkRules(network)];
    last = await runAs(privilege, ['sh', '-c', CONNECT, 'sh', ...args]);
    if (last.code === 0) {
      return network;
    }
    if (last.code !== TAKEN) {
      // The bridge is the mark of what there may be of rules and forwarding.
      await disconnectBridge(scratch, privilege).catch(() => undefined);
      break;
    }
  }
  return { refusal: last?.stderr.trim().split('\n')[0] || 'this machine has a route into every subnet for it' };
}

/** Takes away what earlier daemons of the same kind have left where nothing else is left of them, as after /tmp was emptied. */
async function disconnectLeft(scratch: Scratch, privilege: Privilege): Promise<void> {
  const shared = bridgeOf(scratch).slice(BRIDGE_PREFIX.length + OWN_DIGITS);
  for (const bridge of await interfaces()) {
    if (bridge.startsWith(BRIDGE_PREFIX) && bridge.endsWith(shared)) {
      const own = bridge.slice(BRIDGE_PREFIX.length, BRIDGE_PREFIX.length + OWN_DIGITS);
      const left = scratchAt(nameOfSibling(basename(scratch.directory), own), dirname(scratch.bulk));
      if (!(await exists(left))) {
        // What cannot be removed is in nobody's way.
        await disconnectBridge(left, privilege).catch(() => undefined);
      }
    }
  }
}

/**
 * Takes the network of a daemon away that has ended, with all that belongs to it, whoever made it.
 * @throws when something of it stays
 */
export async function disconnectBridge(scratch: Scratch, privilege: Privilege): Promise<void> {
  const bridge = bridgeOf(scratch);
  if (!(await hasInterface(bridge))) {
    return;
  }
  const namespaces = join(scratch.bulk, DAEMON_ROOT, 'net');
  const { code, stderr } = await runAs(privilege, [
    'sh',
    '-c',
    DISCONNECT,
    'sh',
    bridge,
    commentOf(scratch),
    namespaces,
  ]);
  if (code !== 0 || (await hasInterface(bridge))) {
    throw new Error(`the network ${bridge} of build steps cannot be removed: ${stderr.trim()}`);
  }
}

async function hasInterface(name: string): Promise<boolean> {
  return (await interfaces()).includes(name);
}

/** Source: proc_pid_net(5). */
async function interfaces(): Promise<string[]> {
  const table = await readFile(`${PROC}/self/net/dev`, 'utf8').catch(() => '');
  return [...table.matchAll(/^ *(?<name>[^\s:]+):/gm)].map(({ groups }) => groups?.name ?? '');
}
