import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { daemonsOf } from '../support/traces.ts';

const toolchain = inject('toolchain');
let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

/** What the daemon of the job says of how it collects garbage. */
async function policies(job: Job): Promise<string> {
  const directory = job.scratch().find((path) => path.includes('/daemon-'));
  const args = ['--addr', `unix://${directory ?? ''}/bk.sock`, 'debug', 'workers', '--verbose'];
  return (await promisify(execFile)(toolchain.buildctl, args)).stdout;
}

describe('buildkitConfig', () => {
  it('reaches the daemon, beside what the action sets', async () => {
    const Dockerfile = [
      '# syntax=docker/dockerfile:1',
      dockerfile(bed.baseImage, 'RUN --security=insecure id -u'),
    ].join('\n');
    const job = await bed.job({ files: { Dockerfile } });
    const buildkitConfig =
      'insecure-entitlements = ["security.insecure"]\nroot = "/nowhere"\n[worker.oci]\nreservedSpace = "7GB"\n';
    const result = await job.step({ ...bed.inputs, buildkitConfig, extraArgs: '--allow security.insecure' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('buildkitConfig: root left out');
    expect(await policies(job)).toMatch(/Reserved space:\s+7\.5\d*GB/);
  });

  it('is read from a file, and a daemon with another one is another daemon', async () => {
    const job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage), 'ci/buildkitd.toml': '[log]\nlevel = "warn"\n' },
    });
    await job.step(bed.inputs);
    const result = await job.step({ ...bed.inputs, imageTag: 'configured', buildkitConfig: 'ci/buildkitd.toml' });
    expect(result.log).toContain('BuildKit daemon started');
    expect(daemonsOf(job)).toHaveLength(2);
  });

  it('sets the sizes of data that are kept, which are collected by size without it', async () => {
    const root = await mkdtemp('/tmp/bka-kept-');
    const [plain, given] = [await bed.job(), await bed.job()];
    await plain.step({ ...bed.inputs, buildkitRoot: join(root, 'plain') });
    expect(await policies(plain)).toMatch(/Reserved space:.*\n\s+Minimum free space:.*\n\s+Maximum used space:/);
    const buildkitConfig = '[worker.oci]\nmaxUsedSpace = "3GB"\n';
    await given.step({ ...bed.inputs, imageTag: 'given', buildkitRoot: join(root, 'given'), buildkitConfig });
    expect(await policies(given)).toMatch(/Keep duration:\s+1440h0m0s\n\s+Maximum used space:\s+3\.2\d*GB/);
    await bed.endJobs();
    await rm(root, { recursive: true });
  });

  it('that the daemon does not take is told of with its words, and without its stack', async () => {
    const { code, error } = await refuse(await bed.job(), bed, {
      buildkitConfig: '[worker.oci]\nsnapshotter = "none-such"\n',
    });
    expect([code, error]).toEqual(['daemon-not-started', expect.stringMatching(/none-such/)]);
    expect(error).toContain('correct buildkitConfig');
    expect(error).not.toMatch(/\.go:\d+|goexit/);
  });

  it('that is no TOML is an input error with the line, and is not shown', async () => {
    const buildkitConfig = '[registry."docker.io"]\nfake-secret ! = 1\n';
    const result = await (await bed.job()).step({ ...bed.inputs, buildkitConfig });
    expect(result.output).toContain('title=buildkit-config-malformed');
    expect(result.errors[0]).toContain('buildkitConfig: line 2');
    expect(result.log).not.toContain('fake-secret');
  });
});
