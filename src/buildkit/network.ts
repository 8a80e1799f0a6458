import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TomlTable } from 'smol-toml';
import { connectBridge } from '../machine/network.ts';
import { findProgram } from '../machine/programs.ts';
import type { Scratch } from '../machine/scratch.ts';
import type { NetworkFacts, NetworkPlan } from '../plan/build-network.ts';
import type { Privilege } from '../plan/buildkit-mode.ts';
import { networkConfig } from '../plan/network-files.ts';
import { formatSubnet } from '../plan/subnets.ts';

/** Those of the network that the action makes, and the names by which it is told of them. */
const PLUGINS = ['bridge', 'host-local', 'loopback'];

/** The network of build steps, as a daemon is told of it and as the log is. */
export interface BuildNetwork {
  /** Keys of its worker. */
  readonly keys: TomlTable;
  /** Of a bridge. */
  readonly subnet?: string;
  /** Why it is not the bridge that was planned, in words of the system. */
  readonly refusal?: string;
}

/** What a machine has for the network of build steps, and beside BuildKit. @param path PATH of the daemon */
export async function withPlugins(facts: NetworkFacts, path: string): Promise<NetworkFacts> {
  const found = await Promise.all(PLUGINS.map((name) => findProgram(`buildkit-cni-${name}`, path)));
  const missing = PLUGINS.filter((_, index) => found[index] === undefined).map((name) => `buildkit-cni-${name}`);
  return { ...facts, missing: [...missing, ...facts.missing] };
}

/** Network of the machine. */
export const HOST: BuildNetwork = { keys: { networkMode: 'host' } };

/**
 * Makes the network that is planned for the build steps of a daemon. Where that does not work they get that of the machine.
 * One namespace is kept ready, which the daemon makes anyway when it starts: the first step has it at once, and steps side by side get
 * more. Source: BuildKit v0.32.2, util/network/netpool.
 * @param options.path PATH of the daemon
 */
export async function openNetwork(
  plan: NetworkPlan,
  { scratch, privilege, path }: { readonly scratch: Scratch; readonly privilege: Privilege; readonly path: string },
): Promise<BuildNetwork> {
  if (plan.kind !== 'bridge') {
    return plan.kind === 'given' ? { keys: {} } : HOST;
  }
  const bridge = await connectBridge(scratch, { ...plan, privilege });
  if ('refusal' in bridge) {
    return { ...HOST, refusal: bridge.refusal };
  }
  const directory = join(scratch.bulk, 'cni');
  const [programs, config] = [join(directory, 'bin'), join(directory, 'network.conflist')];
  await mkdir(programs, { recursive: true });
  for (const name of PLUGINS) {
    await symlink((await findProgram(`buildkit-cni-${name}`, path)) ?? '', join(programs, name));
  }
  await writeFile(config, networkConfig(bridge, { mtu: plan.mtu, state: join(directory, 'addresses') }));
  return {
    keys: { networkMode: 'cni', cniConfigPath: config, cniBinaryPath: programs, cniPoolSize: 1 },
    subnet: formatSubnet(bridge.subnet),
  };
}
