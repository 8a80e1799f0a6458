import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { openNamespace } from '../support/namespace.ts';
import { type ReleaseServer, startReleaseServer } from '../support/releases.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { traces } from '../support/traces.ts';

const toolchain = inject('toolchain');

let bed: Bed;
let releases: ReleaseServer;
let server: GitServer;
beforeAll(async () => {
  bed = await startBed(toolchain);
  releases = await startReleaseServer({ toolchain });
  server = await startGitServer();
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await bed.close();
  await releases.close();
  await server.close();
});

async function openDisk(megabytes: number, ...names: readonly string[]): Promise<SmallDisk> {
  const disk = await mountSmallDisk(megabytes, ...names);
  onTestFinished(disk.close);
  return disk;
}

function download(): Record<string, string> {
  return { buildkitPath: '', buildkitDownloadUrl: releases.downloadUrl, buildkitSha256: releases.sha256 };
}

describe('a disk of the runner is full', () => {
  it('when BuildKit is put into the tool cache, where no half of it stays', async () => {
    const disk = await openDisk(16, 'tools');
    const toolCache = join(disk.path, 'tools');
    const job = await bed.job({ toolCache });
    const { code, error } = await refuse(job, bed, download());
    expect(code, error).toBe('disk-full');
    expect(error).toContain(`on the disk with ${toolCache}`);
    expect(error).toContain("cannot be put into the runner's tool cache");
    const left = await readdir(toolCache, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });

  it('when BuildKit is downloaded', { timeout: 180_000 }, async () => {
    const disk = await openDisk(8, 'temp');
    const temp = join(disk.path, 'temp');
    const job = await bed.job({ env: { RUNNER_TEMP: temp } });
    const { code, error } = await refuse(job, bed, download());
    expect([code, error]).toEqual(['disk-full', expect.stringContaining(`disk with ${temp}`)]);
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces({ ...job, temp })).toEqual([]);
  });

  it('when a repository is cloned', async () => {
    const files = { Dockerfile: dockerfile(bed.baseImage), large: randomBytes(12 * 2 ** 20).toString('base64') };
    const { url } = await server.addRepository('large', files);
    const disk = await openDisk(8, 'work');
    const workspace = join(disk.path, 'work');
    const job = await bed.job({ env: { GITHUB_WORKSPACE: workspace } });
    const { code, error } = await refuse(job, bed, { gitCloneUrl: url });
    expect([code, error]).toEqual(['disk-full', expect.stringContaining(`disk with ${workspace}/source`)]);
    expect(error).toContain('No space left on device');
    expect(await readdir(join(workspace, 'source'))).toEqual([]);
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });

  it('when an image is written into the workspace', async () => {
    const disk = await openDisk(8, 'work');
    const workspace = join(disk.path, 'work');
    const job = await bed.job({ env: { GITHUB_WORKSPACE: workspace } });
    await writeFile(
      join(workspace, 'Dockerfile'),
      dockerfile(bed.baseImage, 'RUN dd if=/dev/urandom of=/big bs=1M count=20'),
    );
    const { code, error } = await refuse(job, bed, { push: 'false', outputs: 'type=oci,dest=image.tar' });
    expect([code, error]).toEqual(['disk-full', expect.stringContaining(`disk with ${workspace}/image.tar`)]);
    expect(await job.post()).toEqual({ code: 0, output: '' });
    expect(await traces(job)).toEqual([]);
  });

  it('when the step makes its private files', async () => {
    const disk = await openDisk(1);
    await writeFile(join(disk.path, 'filler'), Buffer.alloc(2 ** 20)).catch(() => undefined);
    const uid = process.getuid?.() ?? 0;
    await mkdir(`/tmp/buildkit-aws-${uid}`, { mode: 0o700 }).catch(() => undefined);
    const namespace = await openNamespace({ [`/tmp/buildkit-aws-${uid}`]: { path: disk.path } });
    onTestFinished(namespace.close);
    const job = await bed.job();
    const result = await job.step(bed.inputs, { through: namespace.enter });
    expect(result.output).toContain('title=disk-full');
    expect(result.errors).toEqual([expect.stringContaining(`disk with /tmp/buildkit-aws-${uid}/step-`)]);
    expect(result.errors[0]).toContain('The private directory');
    expect(await readdir(disk.path)).toEqual(['filler']);
    expect(await job.post({ through: namespace.enter })).toEqual({ code: 0, output: '' });
  });
});
