import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Job } from '../support/job.ts';
import {
  askEach,
  MACHINE,
  type MachineNetwork,
  METADATA,
  OUTSIDE,
  openMachineNetwork,
  openOf,
  SERVICES,
} from '../support/machine-network.ts';
import { askFromRun } from '../support/network-job.ts';
import { networksOf } from '../support/traces.ts';

const toolchain = inject('toolchain');

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

async function ask(addresses: readonly string[]) {
  return askFromRun(addresses, { toolchain, step: { through: machine.enter }, onJob: (job) => jobs.push(job) });
}

describe('a build step', () => {
  it('reaches what is elsewhere, and neither services of the machine nor instance metadata', async () => {
    const all = [OUTSIDE, ...METADATA, ...SERVICES];
    expect(openOf(all, await machine.shell(askEach(all, toolchain.busybox))), 'the machine itself').toEqual(all);
    const { job, result, open } = await ask(all);
    expect(open).toEqual([OUTSIDE]);
    expect(result.log).toMatch(/Build steps have a network of their own \(198\.1[89]\.\d+\.0\/24\)/);
    expect(result.warnings).toEqual([]);
    expect(await machine.shell('cat /proc/net/if_inet6'), 'no link-local address either').not.toContain('bk-');
    await job.post({ through: machine.enter });
    expect(networksOf(job, machine.enter)).toEqual([]);
  });

  it('does not reach a service of the machine by a port that is published elsewhere', async () => {
    const [rule, published] = [
      `PREROUTING -p tcp --dport 9000 -m addrtype --dst-type LOCAL -j DNAT --to 203.0.113.2:80`,
      `${MACHINE}/9000`,
    ];
    await machine.shell(`iptables -t nat -A ${rule}`);
    const { open } = await ask([OUTSIDE, published]);
    await machine.shell(`iptables -t nat -D ${rule}`);
    expect(open).toEqual([OUTSIDE]);
  });

  it('reaches what is elsewhere also where others have what is forwarded dropped', async () => {
    await machine.shell('iptables -P FORWARD DROP');
    const { open } = await ask([OUTSIDE]);
    await machine.shell('iptables -P FORWARD ACCEPT');
    expect(open).toEqual([OUTSIDE]);
  });

  it.each([
    ['on the machine itself', MACHINE],
    ['at the address of the metadata', '169.254.169.254'],
  ])('reaches the name server of the machine and nothing beside it: %s', async (_, address) => {
    const undo = await machine.replace('/etc/resolv.conf', { text: `nameserver ${address}\n` });
    const { open } = await ask([`${address}/53`, ...METADATA, `${MACHINE}/8081`]).finally(undo);
    expect(open).toEqual([`${address}/53`]);
  });
});
