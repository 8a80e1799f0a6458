import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Job } from '../support/job.ts';
import { type MachineNetwork, METADATA, OUTSIDE, openMachineNetwork, SERVICES } from '../support/machine-network.ts';
import { askFromRun, programsWith } from '../support/network-job.ts';
import { PLUGINS } from '../support/release-archive.ts';
import { networksOf } from '../support/traces.ts';

const toolchain = inject('toolchain');
const [LOOPBACK] = SERVICES;
const ALL = [OUTSIDE, ...METADATA, LOOPBACK];
const HOST_MODE = '[worker.oci]\nnetworkMode = "host"\n';

let machine: MachineNetwork;
let directory: string;
beforeAll(async () => {
  machine = await openMachineNetwork();
  directory = await mkdtemp('/tmp/bka-programs-');
});
const jobs: Job[] = [];
afterEach(endJobs);
afterAll(async () => {
  await machine.close();
  await rm(directory, { recursive: true });
});

async function endJobs(): Promise<void> {
  for (const job of jobs.splice(0)) {
    await job.post({ through: machine.enter });
    expect(networksOf(job, machine.enter)).toEqual([]);
    await job.remove();
  }
}

type Files = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;

interface Given {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What the machine has in place of its own files. */
  readonly files?: Files;
}

async function ask(addresses: readonly string[], { files = {}, ...given }: Given = {}) {
  const undo: (() => Promise<void>)[] = [];
  for (const [file, replacement] of Object.entries(files)) {
    undo.push(await machine.replace(file, replacement));
  }
  const step = { through: machine.enter };
  try {
    return await askFromRun(addresses, { ...given, toolchain, step, onJob: (job) => jobs.push(job) });
  } finally {
    await Promise.all(undo.map((back) => back()));
  }
}

const REFUSING = '#!/bin/sh\necho "unable to initialize table" >&2\nexit 3\n';

describe('a machine on which build steps cannot have a network of their own', () => {
  it.each<[string, Files, string]>([
    ['it has no iptables', { '/usr/sbin/iptables': { text: '', mode: 0o644 } }, 'this machine has no iptables'],
    [
      'its iptables does not work',
      { '/usr/sbin/iptables-restore': { text: REFUSING, mode: 0o755 } },
      'unable to initialize table',
    ],
    [
      'its name server is on loopback',
      { '/etc/resolv.conf': { text: 'nameserver 127.0.0.1\n' } },
      'name server 127.0.0.1',
    ],
  ])('builds with that of the machine, and warns of what a RUN can reach: %s', async (_, files, reason) => {
    const { open, result } = await ask(ALL, { files });
    expect(open).toEqual(ALL);
    expect(result.warnings).toEqual([expect.stringContaining(reason)]);
    expect(result.warnings[0]).toMatch(/A RUN of the Dockerfile can reach .*instance metadata.* networkMode = "host"/);
  });

  it('has one line in the log and no warning on a hosted runner', async () => {
    const files = { '/etc/resolv.conf': { text: 'nameserver 127.0.0.1\n' } };
    const { result } = await ask([OUTSIDE], { files, env: { RUNNER_ENVIRONMENT: 'github-hosted' } });
    expect(result.warnings).toEqual([]);
    expect(result.log).toContain('Build steps use the network of this machine: its name server 127.0.0.1');
  });

  it('is one whose BuildKit has no plugins', async () => {
    const buildkitPath = await programsWith(join(directory, 'none'), { toolchain });
    const { open, result } = await ask([LOOPBACK], { inputs: { buildkitPath } });
    expect(open).toEqual([LOOPBACK]);
    expect(result.warnings).toEqual([
      expect.stringContaining('no buildkit-cni-bridge, buildkit-cni-host-local, buildkit-cni-loopback'),
    ]);
  });

  it('is one on which the daemon does not start with it: the step starts another one', async () => {
    const buildkitPath = await programsWith(join(directory, 'broken'), { toolchain, plugins: PLUGINS });
    const bridge = join(buildkitPath, 'buildkit-cni-bridge');
    await rm(bridge);
    await writeFile(bridge, '#!/bin/sh\necho "{\\"code\\": 11, \\"msg\\": \\"operation not supported\\"}"\nexit 1\n');
    await chmod(bridge, 0o755);
    const { open, result } = await ask([LOOPBACK], { inputs: { buildkitPath } });
    expect(open).toEqual([LOOPBACK]);
    expect(result.warnings).toEqual([expect.stringContaining('operation not supported')]);
  });
});

describe('buildkitConfig', () => {
  it('decides when it sets the mode, and nothing is said of it', async () => {
    const { open, result } = await ask(ALL, { inputs: { buildkitConfig: HOST_MODE } });
    expect(open).toEqual(ALL);
    expect(result.warnings).toEqual([]);
    expect(result.log).not.toContain('network of');
  });

  it('names another name server than one on loopback, and the steps have a network of their own', async () => {
    const { open, result } = await ask([OUTSIDE, LOOPBACK], {
      files: { '/etc/resolv.conf': { text: 'nameserver 127.0.0.1\n' } },
      inputs: { buildkitConfig: '[dns]\nnameservers = ["192.0.2.53"]\n' },
    });
    expect([open, result.warnings]).toEqual([[OUTSIDE], []]);
  });

  it('can still allow a build the network of the machine', async () => {
    const buildkitConfig = 'insecure-entitlements = ["network.host"]\n[log]\nlevel = "info"\n';
    const extraArgs = '--allow network.host --opt force-network-mode=host';
    const { open } = await ask([OUTSIDE, LOOPBACK], { inputs: { buildkitConfig, extraArgs } });
    expect(open).toEqual([OUTSIDE, LOOPBACK]);
  });
});
