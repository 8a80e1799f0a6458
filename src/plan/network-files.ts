import { formatSubnet, gatewayOf, type Subnet } from './subnets.ts';

/** All bridges of the action begin with it, so that they can be told from others. */
export const BRIDGE_PREFIX = 'bk-';

/** The network of the build steps of one daemon. */
export interface Bridge {
  /** Of the interface: at most 15 characters. */
  readonly bridge: string;
  readonly subnet: Subnet;
  readonly nameservers: readonly string[];
  /** Stands in each rule, so that they are found again. No blanks. */
  readonly comment: string;
}

/**
 * Where machines in clouds tell what they are, with the keys of their roles: AWS and most others, and ECS and EKS, are link-local;
 * then Azure's agent and Alibaba. IPv6, where AWS has fd00:ec2::254, does not leave a bridge at all.
 * Source: Amazon EC2, ECS and EKS user guides; Azure, "What is IP address 168.63.129.16?"; Alibaba Cloud, "Instance metadata".
 */
const METADATA = ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32'];

/**
 * The rules of the firewall for a bridge, as iptables-restore reads them: what steps send to this machine or to instance metadata is
 * refused at once, all else goes out under the machine's address; nobody begins to talk to a step. They stand before all
 * other rules, because others such as Docker's drop what they do not know. Name servers are excepted, as some are at those very addresses.
 */
export function networkRules({ bridge, subnet, nameservers, comment }: Bridge): string {
  const names = nameservers.flatMap((address) =>
    ['udp', 'tcp'].map((protocol) => `-i ${bridge} -d ${address} -p ${protocol} --dport 53 -j ACCEPT`),
  );
  const chains = {
    nat: {
      // A published port of a container would otherwise be a way to what this machine refuses.
      PREROUTING: [`-i ${bridge} -m addrtype --dst-type LOCAL -j ACCEPT`],
      POSTROUTING: [`-s ${formatSubnet(subnet)} ! -o ${bridge} -j MASQUERADE`],
    },
    filter: {
      INPUT: [...names, `-i ${bridge} ${ANSWERS} -j ACCEPT`, ...refuse(`-i ${bridge}`)],
      FORWARD: [
        ...names,
        ...METADATA.flatMap((address) => refuse(`-i ${bridge} -d ${address}`)),
        `-i ${bridge} -o ${bridge} -j ACCEPT`,
        // Steps of other daemons.
        ...refuse(`-i ${bridge} -o ${BRIDGE_PREFIX}+`),
        `-i ${bridge} -j ACCEPT`,
        `-o ${bridge} ${ANSWERS} -j ACCEPT`,
        ...refuse(`-o ${bridge}`),
      ],
    },
  };
  const tables = Object.entries(chains).map(([table, its]) => {
    const lines = Object.entries(its).flatMap(([chain, rules]) =>
      rules.map(
        (rule, index) => `-I ${chain} ${index + 1} ${rule.replace(' -j ', ` -m comment --comment ${comment} -j `)}`,
      ),
    );
    return [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
  });
  return tables.join('');
}

const ANSWERS = '-m conntrack --ctstate RELATED,ESTABLISHED';

/** Says no at once: a program that looks for metadata goes on, instead of waiting. TCP would try again after a second. */
function refuse(packets: string): string[] {
  return [`${packets} -p tcp -j REJECT --reject-with tcp-reset`, `${packets} -j REJECT`];
}

/**
 * The network as CNI's plugins are told of it. Masquerading is in the rules above; addresses are kept track of in a directory of the daemon's own,
 * not in the one that all daemons of a machine share.
 * Source: containernetworking/plugins v1.9.1, bridge and host-local.
 */
export function networkConfig(
  { bridge, subnet, comment }: Bridge,
  { mtu, state }: { readonly mtu: number; readonly state: string },
): string {
  const [gateway] = gatewayOf(subnet).split('/');
  const ipam = { type: 'host-local', dataDir: state, ranges: [[{ subnet: formatSubnet(subnet), gateway }]] };
  const plugin = { type: 'bridge', bridge, isDefaultGateway: true, ipMasq: false, mtu, ipam };
  return JSON.stringify({ cniVersion: '1.0.0', name: comment, plugins: [plugin] });
}
