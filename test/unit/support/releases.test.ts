import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { digestOf } from '../../support/oci.ts';
import { type ReleaseServer, startReleaseServer } from '../../support/releases.ts';

let releases: ReleaseServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-releases-'));
  releases = await startReleaseServer({ toolchain: inject('toolchain') });
}, 60_000);

afterAll(async () => {
  await releases?.close();
  rmSync(directory, { recursive: true, force: true });
});

function urlOf(template: string): string {
  return template.replaceAll('{version}', 'v9.9.9').replaceAll('{os}', 'linux').replaceAll('{arch}', 'amd64');
}

async function download(template: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(urlOf(template))).arrayBuffer());
}

test('serves the programs in an archive with the shape of a release', async () => {
  const bytes = await download(releases.downloadUrl);
  expect(digestOf(bytes)).toBe(`sha256:${releases.sha256}`);
  const archive = join(directory, 'release.tar.gz');
  writeFileSync(archive, bytes);
  const { stdout } = spawnSync('tar', ['-tzf', archive], { encoding: 'utf8' });
  const names = stdout.trim().split('\n');
  expect(names).toEqual(expect.arrayContaining(['bin/buildctl', 'bin/buildkitd', 'bin/buildkit-runc']));
  expect(names).toContain('bin/buildkit-qemu-aarch64');
  expect(releases.requests).toContain('/v9.9.9/buildkit-v9.9.9.linux-amd64.tar.gz');
});

test('answers 404 for what does not exist', async () => {
  expect((await fetch(urlOf(releases.faultyUrl('missing')))).status).toBe(404);
  expect((await fetch(urlOf(releases.downloadUrl).replace('buildkit-v9', 'buildkit-v8'))).status).toBe(404);
});

test('cuts a download in the middle', async () => {
  await expect(download(releases.faultyUrl('truncated'))).rejects.toThrow('terminated');
});

test('serves archives that are not the ones that were published', async () => {
  const short = await download(releases.faultyUrl('short'));
  expect(short.length).toBe(Math.floor(releases.size / 2));
  const corrupt = await download(releases.faultyUrl('corrupt'));
  expect(corrupt.readUInt16BE(0)).toBe(0x1f8b);
  expect((await download(releases.faultyUrl('notar'))).toString()).toContain('<html>');
});

test('holds its answers back when asked to', async () => {
  const slow = await startReleaseServer({ toolchain: inject('toolchain'), delayMs: 80 });
  const start = performance.now();
  await download(slow.faultyUrl('notar'));
  expect(performance.now() - start).toBeGreaterThan(70);
  await slow.close();
});
