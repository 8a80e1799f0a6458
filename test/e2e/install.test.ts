import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { PLUGINS } from '../support/release-archive.ts';
import { type ReleaseServer, startReleaseServer } from '../support/releases.ts';

const toolchain = inject('toolchain');
let bed: Bed;
let releases: ReleaseServer;
let inputs: Record<string, string>;

beforeAll(async () => {
  bed = await startBed(toolchain);
  releases = await startReleaseServer({ toolchain });
  inputs = {
    ...bed.inputs,
    buildkitPath: '',
    buildkitDownloadUrl: releases.downloadUrl,
    buildkitSha256: releases.sha256,
  };
});
afterAll(async () => {
  await releases.close();
  await bed.close();
});

/** Everything below the tool cache, relative to it. */
async function toolFiles(toolCache: string): Promise<string[]> {
  const entries = await readdir(toolCache, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(toolCache.length + 1));
}

async function emptyToolCache(): Promise<string> {
  return mkdtemp('/tmp/bka-tools-');
}

describe('BuildKit', () => {
  it('is downloaded once per tool cache, and only what a build needs is unpacked', async () => {
    const toolCache = await emptyToolCache();
    const first = await (await bed.job({ toolCache })).step(inputs);
    expect(first.code, first.output).toBe(0);
    expect(first.log).toMatch(/^BuildKit v0\.32\.2 downloaded and verified/m);
    const arch = process.arch === 'x64' ? 'amd64' : 'arm64';
    expect(releases.requests).toEqual([`/v0.32.2/buildkit-v0.32.2.linux-${arch}.tar.gz`]);

    const files = (await toolFiles(toolCache)).map((file) => file.split('/').at(-1)).sort();
    expect(new Set(files)).toEqual(
      new Set([`${arch}.complete`, 'checksums.json', 'buildctl', 'buildkit-runc', 'buildkitd', ...PLUGINS]),
    );
    expect(first.log).toContain('Build steps have a network of their own');

    const job = await bed.job({ toolCache });
    const second = await job.step(inputs);
    expect(second.code, second.output).toBe(0);
    expect(second.log).toMatch(/^BuildKit v0\.32\.2 from the tool cache/m);
    expect(releases.requests).toHaveLength(1);
    expect((await readdir(job.temp)).filter((name) => name.includes('step'))).toEqual([]);
    await rm(toolCache, { recursive: true });
  });

  it('is taken for no other archive of the same version', async () => {
    const toolCache = await emptyToolCache();
    await (await bed.job({ toolCache })).step(inputs);
    const other = await (await bed.job({ toolCache })).step({ ...inputs, buildkitSha256: 'a'.repeat(64) });
    expect(other.output).toContain('title=buildkit-checksum-mismatch');
    await rm(toolCache, { recursive: true });
  });

  it('is put anew where a file in the tool cache was changed', async () => {
    const toolCache = await emptyToolCache();
    await (await bed.job({ toolCache })).step(inputs);
    const buildctl = (await toolFiles(toolCache)).find((file) => file.endsWith('/buildctl')) ?? '';
    const original = await readFile(join(toolCache, buildctl));
    await rm(join(toolCache, buildctl));
    await writeFile(join(toolCache, buildctl), '#!/bin/sh\necho tampered\n', { mode: 0o755 });
    const again = await (await bed.job({ toolCache })).step(inputs);
    expect(again.code, again.output).toBe(0);
    expect(again.log).toContain('downloaded and verified');
    expect(
      createHash('sha256')
        .update(await readFile(join(toolCache, buildctl)))
        .digest('hex'),
    ).toBe(createHash('sha256').update(original).digest('hex'));
    await rm(toolCache, { recursive: true });
  });

  it('is installed by two jobs at the same moment', async () => {
    const toolCache = await emptyToolCache();
    const jobs = await Promise.all([bed.job({ toolCache }), bed.job({ toolCache })]);
    const results = await Promise.all(jobs.map((job, index) => job.step({ ...inputs, imageTag: `together-${index}` })));
    for (const { code, output } of results) {
      expect(code, output).toBe(0);
    }
    expect((await toolFiles(toolCache)).filter((file) => file.endsWith('buildkitd'))).toHaveLength(1);
    await rm(toolCache, { recursive: true });
  });

  it('of an archive without plugins gives its steps the network of the machine, and is not downloaded again to look', async () => {
    const toolCache = await emptyToolCache();
    const lacking = await startReleaseServer({ toolchain, without: PLUGINS });
    const given = { ...inputs, buildkitDownloadUrl: lacking.downloadUrl, buildkitSha256: lacking.sha256 };
    for (const imageTag of ['first', 'second']) {
      const result = await (await bed.job({ toolCache })).step({ ...given, imageTag });
      expect(result.code, result.output).toBe(0);
      expect(result.warnings).toEqual([expect.stringContaining('this machine has no buildkit-cni-bridge')]);
    }
    expect(lacking.requests).toHaveLength(1);
    await lacking.close();
    await rm(toolCache, { recursive: true });
  });

  it('runs from a directory of its own, with runc under its plain name', async () => {
    const directory = await mkdtemp('/tmp/bka-own-');
    await cp(toolchain.buildctl, join(directory, 'buildctl'));
    await cp(toolchain.buildkitd, join(directory, 'buildkitd'));
    await cp(toolchain.runc, join(directory, 'runc'));
    const before = releases.requests.length;
    const result = await (await bed.job()).step({ ...inputs, buildkitPath: directory });
    expect(result.code, result.output).toBe(0);
    expect(releases.requests).toHaveLength(before);
    await bed.endJobs();
    await rm(directory, { recursive: true });
  });
});

describe('a download that fails', () => {
  it.each([
    ['missing', 'buildkit-download-failed', /404/],
    ['short', 'buildkit-checksum-mismatch', /expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/],
    ['corrupt', 'buildkit-checksum-mismatch', /Nothing of it was unpacked/],
    ['notar', 'buildkit-checksum-mismatch', /such as a proxy/],
    ['truncated', 'buildkit-download-failed', /could not be downloaded/],
  ] as const)('%s: nothing is unpacked or left, and the reason is told', async (fault, code, words) => {
    const job = await bed.job();
    const result = await job.step({ ...inputs, buildkitDownloadUrl: releases.faultyUrl(fault) });
    expect(result.code).toBe(1);
    expect(result.output).toContain(`title=${code}`);
    expect(result.errors).toEqual([expect.stringMatching(words)]);
    expect(await readdir(job.toolCache)).toEqual([]);
    await job.post();
    expect(await readdir(job.temp)).toEqual([]);
  });

  it('shows the checksum that is pinned and the one that came', async () => {
    const job = await bed.job();
    const result = await job.step({ ...inputs, buildkitSha256: '', buildkitVersion: '0.32.2' });
    const pinned = process.arch === 'x64' ? '2975d0f651ad' : '9e8f46bf309e';
    expect(result.errors[0]).toMatch(new RegExp(`expected SHA-256 ${pinned}[0-9a-f]+, got ${releases.sha256}`));
  });

  it('does not show password and query of the address', async () => {
    const job = await bed.job();
    const address = releases.faultyUrl('missing').replace('http://', 'http://someone:fake-password@');
    const result = await job.step({ ...inputs, buildkitDownloadUrl: `${address}?token=fake-token` });
    expect(result.errors[0]).toContain('/missing/v0.32.2/');
    expect(result.log).not.toMatch(/fake-password|fake-token/);
    expect(result.masks).toContain('fake-password');
  });

  it('is told when an archive with the right checksum lacks a program', async () => {
    const job = await bed.job();
    const url = releases.faultyUrl('corrupt');
    const response = await fetch(
      url.replaceAll('{version}', 'v0.32.2').replace('{os}', 'linux').replace('{arch}', 'amd64'),
    );
    const sha256 = createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex');
    const result = await job.step({ ...inputs, buildkitDownloadUrl: url, buildkitSha256: sha256 });
    expect(result.output).toContain('title=buildkit-archive-broken');
    expect(await toolFiles(job.toolCache)).toEqual([]);
  });
});

it('overlaps the download with the login: ECR is asked before the archive is there', async () => {
  const slow = await startReleaseServer({ toolchain, delayMs: 6000 });
  const job = await bed.job();
  const begin = Date.now();
  const result = await job.step({ ...inputs, buildkitDownloadUrl: slow.downloadUrl });
  expect(result.code, result.output).toBe(0);
  const asked = bed.ecr.requests.findLast(({ action, at }) => action === 'GetAuthorizationToken' && at >= begin);
  const [login, download] = ['Logged in to', 'BuildKit v0.32.2 downloaded'].map((line) => result.log.indexOf(line));
  expect(asked).toBeDefined();
  expect(login).toBeLessThan(download ?? 0);
  await slow.close();
});
