import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A machine of its own as far as networks go, with nothing of it on this machine: loopback, an address in a network, and behind that a cloud with
 * instance metadata and a server. It has its own process numbers too, so that no run elsewhere takes for a leftover what is killed there. Needs root.
 */
export interface MachineNetwork {
  /** Puts a command onto that machine: `[...enter, 'program', 'argument']`. */
  readonly enter: readonly string[];
  /** Runs a script of the shell there. @returns what it printed */
  shell(script: string): Promise<string>;
  /** Has another text in the place of a file there. @returns undoes it */
  replace(file: string, replacement: { readonly text: string; readonly mode?: number }): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** The machine in its network. Source: RFC 5737, for documentation. */
export const MACHINE = '203.0.113.1';
const ROUTER = '203.0.113.2';
/** A server elsewhere. */
export const OUTSIDE = `${ROUTER}/80`;
/** Where EC2, ECS and EKS have their metadata and credentials; on port 80. Source: their user guides. */
const METADATA_ADDRESSES = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254'] as const;
export const METADATA = METADATA_ADDRESSES.map((address) => `${address}/80`);
/** Where the machine has services: on loopback, everywhere, and where a name server may be. */
export const SERVICES = ['127.0.0.1/8080', `${MACHINE}/8081`, `${MACHINE}/53`] as const;
const LISTENERS = ['127.0.0.1 8080', '0.0.0.0 8081', `${MACHINE} 53`];

/**
 * A script that says of each address, such as `203.0.113.2/80`, whether it is `open` or `closed`.
 * @param busybox path of the only program that it takes
 */
export function askEach(addresses: readonly string[], busybox: string): string {
  const ask = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | ${busybox} nc -w 30 "\${at%/*}" "\${at#*/}" | ${busybox} grep -q 'answer of'`;
  return `for at in ${addresses.join(' ')}; do ${ask} && echo "open $at" || echo "closed $at"; done`;
}

/** The addresses that such a script has found open. @throws when it has not said of each what it is */
export function openOf(addresses: readonly string[], output: string): string[] {
  const found = addresses.map((address) => ({
    address,
    isOpen: output.includes(`open ${address}\n`),
    isClosed: output.includes(`closed ${address}\n`),
  }));
  if (found.some(({ isOpen, isClosed }) => isOpen === isClosed)) {
    throw new Error(`not all of ${addresses.join(', ')} were asked:\n${output}`);
  }
  return found.flatMap(({ address, isOpen }) => (isOpen ? [address] : []));
}

const HOLDER = 'echo ready; exec sleep 100000';

/** Sets it up as a machine is on which nothing forwards. */
export async function openMachineNetwork(): Promise<MachineNetwork> {
  const [machine, cloud] = [
    await start(['unshare', '--net', '--pid', '--mount-proc', '--fork', '--kill-child', 'sh', '-c', HOLDER]),
    await start(['unshare', '--net', 'sh', '-c', HOLDER]),
  ];
  const [inMachine, inCloud] = [machine, cloud].map(({ pid }) => ['nsenter', `--net=/proc/${pid}/ns/net`, '--']);
  const namespaces = ['net=ns/net', 'mount=ns/mnt', 'pid=ns/pid_for_children'];
  const enter = ['nsenter', ...namespaces.map((name) => `--${name.replace('=', `=/proc/${machine.pid}/`)}`), '--'];
  const directory = await mkdtemp('/tmp/bka-machine-');
  const shell = async (enter: readonly string[] = [], script = '') =>
    (await promisify(execFile)('/usr/bin/env', [...enter, 'sh', '-c', script])).stdout;
  await shell(
    inMachine,
    `echo 0 >/proc/sys/net/ipv4/ip_forward && ip link set lo up && ip link add up0 type veth peer name eth0 netns ${cloud.pid} && ip link set up0 up &&
     ip addr add ${MACHINE}/24 dev up0 && ip addr add fd00::1/64 dev up0 nodad`,
  );
  await shell(
    inCloud,
    `ip link set lo up && ip link set eth0 up && ip addr add ${ROUTER}/24 dev eth0 && ip addr add fd00::2/64 dev eth0 nodad
     ${METADATA_ADDRESSES.map((address) => `ip addr add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`).join('\n')}`,
  );
  await shell(inMachine, `ip route add default via ${ROUTER} && ip -6 route add default via fd00::2`);
  const servers = [
    await serve(inMachine, LISTENERS),
    await serve(inCloud, [...[ROUTER, ...METADATA_ADDRESSES].map((address) => `${address} 80`), '169.254.169.254 53']),
  ];
  return {
    enter,
    shell: (script) => shell(enter, script),
    replace: async (file, { text, mode = 0o644 }) => {
      const source = join(directory, basename(file));
      await writeFile(source, text);
      await chmod(source, mode);
      await shell(enter, `mount --bind ${source} ${file}`);
      return async () => {
        await shell(enter, `umount ${file}`);
      };
    },
    close: async () => {
      for (const process of [...servers, machine, cloud]) {
        await end(process);
      }
      await rm(directory, { recursive: true });
    },
  };
}

function serve(enter: readonly string[] = [], pairs: readonly string[] = []): Promise<ChildProcess> {
  return start([...enter, process.execPath, join(import.meta.dirname, 'network-servers.ts'), ...pairs]);
}

/** Starts a program, and waits for its first line. */
async function start([program = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`${program} ended at once`);
    }),
  ]);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
