import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { archiveOf, bombAfter, type Member, serveArchive } from '../support/hostile-archive.ts';

/** Archives that have the checksum that was asked for, and are made to do harm. */

const toolchain = inject('toolchain');
let bed: Bed;
/** The three programs as a release has them. */
let programs: readonly Member[];
/** A directory that no archive may reach, with one file in it. */
let outside: string;

beforeAll(async () => {
  bed = await startBed(toolchain);
  const read = async (name: string, path: string) => ({ name: `bin/${name}`, content: await readFile(path) });
  programs = await Promise.all([
    read('buildctl', toolchain.buildctl),
    read('buildkitd', toolchain.buildkitd),
    read('buildkit-runc', toolchain.runc),
  ]);
});
beforeEach(async () => {
  outside = await mkdtemp('/tmp/bka-outside-');
  await writeFile(join(outside, 'program'), `#!/bin/sh\n: >${outside}/was-run\n`, { mode: 0o755 });
});
afterEach(async () => {
  await bed.endJobs();
  await rm(outside, { recursive: true });
});
afterAll(() => bed.close());

/** A step with BuildKit from an archive, and what it leaves. */
async function stepWith(archive: Buffer) {
  const served = await serveArchive(archive);
  const job = await bed.job();
  const inputs = { ...bed.inputs, buildkitPath: '', buildkitDownloadUrl: served.url, buildkitSha256: served.sha256 };
  const result = await job.step(inputs);
  await served.close();
  const entries = await readdir(job.toolCache, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return { job, result, files };
}

async function expectRefused(archive: Buffer, reason: string): Promise<void> {
  const { job, result, files } = await stepWith(archive);
  expect(result.output).toContain('title=buildkit-archive-broken');
  expect(result.errors).toEqual([expect.stringContaining(`its programs cannot be unpacked: ${reason}`)]);
  expect(files).toEqual([]);
  expect(await readdir(outside)).toEqual(['program']);
  await job.post();
  expect(await readdir(job.temp)).toEqual([]);
}

describe('an archive beside the programs of which is more', () => {
  it('writes only the programs, and only where they belong', async () => {
    const up = '../'.repeat(12);
    const hostile: readonly Member[] = [
      { name: `${outside}/absolute`, content: 'escaped' },
      { name: `${up}${outside.slice(1)}/relative`, content: 'escaped' },
      { name: `bin/${up}${outside.slice(1)}/below`, content: 'escaped' },
      { name: 'bin/link', type: 'symlink', linkname: outside },
      { name: 'bin/link/through', content: 'escaped' },
      { name: 'bin/hard', type: 'link', linkname: `${outside}/program` },
      { name: 'bin/hard', content: 'escaped' },
      { name: 'bin/device', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'bin/new\nline', content: 'escaped' },
      { name: 'bin', type: 'symlink', linkname: outside },
    ];
    const { result, files } = await stepWith(await archiveOf([...hostile, ...programs]));
    expect(result.code, result.output).toBe(0);
    expect(await readdir(outside)).toEqual(['program']);
    expect(await readFile(join(outside, 'program'), 'utf8')).toMatch(/^#!/);
    const names = files.filter((file) => file.includes('/bin/')).map((file) => basename(file));
    expect(names.sort()).toEqual(['buildctl', 'buildkit-runc', 'buildkitd']);
    expect(files.filter((file) => !/\/bin\/|\/checksums\.json$|\.complete$/.test(file))).toEqual([]);
  });

  it('has no say in the rights of a program', async () => {
    const { result, files } = await stepWith(
      await archiveOf(programs.map((one) => ({ ...one, mode: 0o6777, uid: 1504 }))),
    );
    expect(result.code, result.output).toBe(0);
    const modes = files.filter((file) => file.includes('/bin/')).map(async (file) => (await stat(file)).mode & 0o7777);
    expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o755]);
  });

  it('is not unpacked beyond what a disk may have', async () => {
    await expectRefused(await bombAfter(await archiveOf(programs), 68), 'it unpacks to more than 1024 MiB');
  });
});

describe('a program that is no plain file is refused before anything runs it:', () => {
  it.each([
    ['a symbolic link', { type: 'symlink' }],
    ['a hard link', { type: 'link' }],
    ['a directory', { type: 'directory' }],
    ['a pipe that nobody writes to', { type: 'fifo' }],
    ['a device', { type: 'character-device', devmajor: 1, devminor: 5 }],
  ] as const)('%s', async (_, header) => {
    const [, ...others] = programs;
    const member = { name: 'bin/buildctl', linkname: join(outside, 'program'), ...header };
    await expectRefused(await archiveOf([member, ...others]), `bin/buildctl is not a plain file (${header.type})`);
  });

  it('a sparse file that is larger than the disk', async () => {
    const work = await mkdtemp('/tmp/bka-sparse-');
    await promisify(execFile)('mkdir', [join(work, 'bin')]);
    await writeFile(join(work, 'bin/buildctl'), '');
    await truncate(join(work, 'bin/buildctl'), 2 ** 40);
    await promisify(execFile)('tar', [
      '-czf',
      join(work, 'archive'),
      '--sparse',
      '--format=gnu',
      '-C',
      work,
      'bin/buildctl',
    ]);
    const archive = await readFile(join(work, 'archive'));
    await rm(work, { recursive: true });
    await expectRefused(archive, 'bin/buildctl is not a plain file (of unknown type)');
  });
});

it('a program that is there twice is refused', async () => {
  const twice = { name: 'bin/buildctl', content: '#!/bin/sh\n' };
  await expectRefused(await archiveOf([...programs, twice]), 'bin/buildctl is there twice');
});

it('an archive that lacks a program is refused', async () => {
  await expectRefused(await archiveOf(programs.slice(0, 2)), 'it lacks bin/buildkit-runc');
});

it('an archive that ends too early is refused', async () => {
  const archive = await archiveOf(programs);
  await expectRefused(archive.subarray(0, archive.length / 2), 'unexpected end of file');
});
