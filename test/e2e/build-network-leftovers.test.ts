import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Job } from '../support/job.ts';
import { askEach, type MachineNetwork, OUTSIDE, openMachineNetwork, openOf } from '../support/machine-network.ts';
import { askFromRun, networkInputs, openScriptJob } from '../support/network-job.ts';
import { descendantsOf, listProcesses } from '../support/processes.ts';
import { daemonsOf, networksOf } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
const INPUTS = networkInputs(toolchain);
/** As no other test sleeps. */
const SECONDS = 1777;
const SLEEP = `/bin/busybox sleep ${SECONDS}`;
/** A step that others could talk to. */
const SERVE = `while :; do echo 'answer of a step' | /bin/busybox nc -l -p 7000 >/dev/null; done & ${SLEEP}`;

let machine: MachineNetwork;
beforeAll(async () => {
  machine = await openMachineNetwork();
});
const jobs: Job[] = [];
afterEach(async () => {
  for (const job of jobs.splice(0)) {
    await job.post({ through: machine.enter });
    await job.remove();
  }
});
afterAll(() => machine.close());

async function ask(addresses: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return askFromRun(addresses, { toolchain, env, step: { through: machine.enter }, onJob: (job) => jobs.push(job) });
}

/** Waits until a RUN of this test sleeps. */
async function untilItSleeps(): Promise<void> {
  await waitFor(() => listProcesses().some(({ argv }) => argv.join(' ') === SLEEP), 'the RUN step');
}

function killDaemon(job: Job): void {
  const [daemon] = daemonsOf(job);
  if (daemon === undefined) {
    throw new Error('there is no daemon');
  }
  process.kill(daemon, 'SIGKILL');
}

/** A job in the middle of a RUN. */
async function runningJob(script: string) {
  const job = await scriptJob(script);
  let own = 0;
  const ended = job.step(INPUTS, {
    through: machine.enter,
    onStart: (pid) => {
      own = pid;
    },
  });
  await untilItSleeps();
  return {
    job,
    ended,
    /** Ends all that the step has started but its daemon. Post does not run. */
    kill: async () => {
      for (const pid of [...descendantsOf(own).map((child) => child.pid), own]) {
        process.kill(pid, 'SIGKILL');
      }
      await ended;
      job.forget();
    },
  };
}

async function scriptJob(script: string): Promise<Job> {
  const job = await openScriptJob(toolchain, script);
  jobs.push(job);
  return job;
}

/** The addresses of the machine on bridges of daemons. */
async function gateways(): Promise<string[]> {
  const addresses = await machine.shell('ip -o -4 addr');
  return [...addresses.matchAll(/bk-\S+ +inet (?<address>[\d.]+)\//g)].map(({ groups }) => groups?.address ?? '');
}

function forwarding(): Promise<string> {
  return machine.shell('cat /proc/sys/net/ipv4/ip_forward').then((text) => text.trim());
}

/** The rules of the firewall, without counts and times. */
async function rules(): Promise<string[]> {
  return (await machine.shell('iptables-save')).split('\n').filter((line) => line.startsWith('-A'));
}

describe('the network of build steps', () => {
  it('goes in post after its daemon was killed in the middle of a RUN, and nothing of others with it', async () => {
    await machine.shell('iptables -A INPUT -s 192.0.2.9 -j DROP');
    const before = await rules();
    const { job, ended } = await runningJob(SLEEP);
    expect(await forwarding()).toBe('1');
    killDaemon(job);
    expect((await ended).code).toBe(1);
    expect(networksOf(job, machine.enter).length).toBeGreaterThan(10);
    expect(await job.post({ through: machine.enter })).toEqual({ code: 0, output: '' });
    expect(networksOf(job, machine.enter)).toEqual([]);
    expect([await rules(), await forwarding()]).toEqual([before, '0']);
    await machine.shell('iptables -D INPUT -s 192.0.2.9 -j DROP');
  });

  it('is found by the next run after job and daemon were killed', async () => {
    const { job, kill } = await runningJob(SLEEP);
    // The step first: when it sees its daemon end, it hands over to the job, which lives.
    await kill();
    killDaemon(job);
    expect(networksOf(job, machine.enter).length).toBeGreaterThan(10);
    const { open, result } = await ask([OUTSIDE]);
    expect([open, result.warnings]).toEqual([[OUTSIDE], []]);
    expect(networksOf(job, machine.enter)).toEqual([]);
  });

  it('is made anew where that of a killed daemon is all that is left of it', async () => {
    const { job } = await ask([OUTSIDE]);
    killDaemon(job);
    await machine.shell(`for at in $(grep -o '${job.temp}[^ ]*' /proc/mounts | sort -r); do umount -l $at; done`);
    await machine.shell(`rm -rf ${job.temp}/buildkit-aws-* ${job.scratch().join(' ')}`);
    expect(networksOf(job, machine.enter)).not.toEqual([]);
    const again = await job.step(INPUTS, { through: machine.enter });
    expect(again.warnings).toEqual([]);
    expect(again.log).toContain('Build steps have a network of their own');
    expect(await gateways()).toHaveLength(1);
  });

  it('leaves forwarding on where somebody else has come to need it', async () => {
    const { job } = await ask([OUTSIDE]);
    await machine.shell('iptables -A FORWARD -i docker0 -j ACCEPT');
    await job.post({ through: machine.enter });
    expect(await forwarding()).toBe('1');
    await machine.shell('iptables -D FORWARD -i docker0 -j ACCEPT; echo 0 >/proc/sys/net/ipv4/ip_forward');
  });
});

describe('two daemons side by side', () => {
  it('have a network each: neither reaches the steps of the other, and one goes without the other', async () => {
    const { job: first, kill } = await runningJob(SERVE);
    const [gateway = ''] = await gateways();
    // The plugin gives addresses in turn, and the daemon has one namespace ready.
    const step = `${gateway.replace(/\.1$/, '.2')}/7000`;
    const isOpen = async () => openOf([step], await machine.shell(askEach([step], toolchain.busybox))).length === 1;
    await waitFor(isOpen, 'an answer of that step to the machine');
    const second = await ask([OUTSIDE, step]);
    expect(second.open).toEqual([OUTSIDE]);
    expect(new Set(await gateways()).size).toBe(2);

    await kill();
    const third = await ask([OUTSIDE]);
    expect([third.open, networksOf(first, machine.enter)]).toEqual([[OUTSIDE], []]);
    await third.job.post({ through: machine.enter });
    expect(await forwarding(), 'the second one still needs it').toBe('1');
    const again = await second.job.step(INPUTS, { through: machine.enter });
    expect(again.log).toContain('BuildKit daemon of an earlier step');
  });

  it('do not share a subnet that both want at the same moment', async () => {
    const directory = await mkdtemp('/tmp/bka-ip-');
    // Between the look at the routes and the taking of one, somebody else takes it.
    const rival = `#!/bin/sh
PATH=/usr/sbin:/sbin:$PATH
if [ "$1 $2" = "route add" ] && ip link add rival type bridge 2>/dev/null; then
  ip link set rival up; ip route add "$3" dev rival; echo "$3" >${directory}/taken
fi
exec ip "$@"
`;
    await writeFile(join(directory, 'ip'), rival);
    await chmod(join(directory, 'ip'), 0o755);
    const { open, result } = await ask([OUTSIDE], { PATH: `${directory}:${process.env.PATH}` });
    await machine.shell('ip link del rival');
    await rm(directory, { recursive: true });
    expect([open, result.warnings]).toEqual([[OUTSIDE], []]);
  });
});
