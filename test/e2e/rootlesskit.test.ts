import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { installRootlesskit, rootlesskitRelease } from '../../src/buildkit/rootlesskit.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import { archiveOf, serveArchive } from '../support/hostile-archive.ts';
import { listen, stop } from '../support/listen.ts';
import { giveTo, openDirectory } from '../support/namespace.ts';
import { type HttpProxy, startProxy } from '../support/proxy.ts';
import { sha256OfFile } from '../support/release-archive.ts';
import { type ReleaseServer, startReleaseServer } from '../support/releases.ts';
import { openRootlessMachines, type RootlessMachines } from '../support/rootless.ts';

const toolchain = inject('toolchain');
const ARCH = process.arch === 'x64' ? 'amd64' : 'arm64';
const PINNED = rootlesskitRelease(ARCH);

let bed: Bed;
let machines: RootlessMachines;
let releases: ReleaseServer;
let github: Server;
let proxy: HttpProxy;
let place: string;
let archive: string;
let inputs: Record<string, string>;
let outside: Record<string, string>;

beforeAll(async () => {
  bed = await startBed(toolchain);
  machines = await openRootlessMachines(bed, 1503);
  releases = await startReleaseServer({ toolchain });
  place = await openDirectory('bin');
  archive = join(place, 'rootlesskit.tar.gz');
  // Flat, as the releases of RootlessKit are, with another program in it.
  await copyFile(toolchain.rootlesskit, join(place, 'bin/rootlesskit'));
  await writeFile(join(place, 'bin/rootlessctl'), '');
  await promisify(execFile)('tar', ['-czf', archive, '-C', join(place, 'bin'), 'rootlesskit', 'rootlessctl']);
  const { ca, cert, key } = await makeCertificate(['github.com']);
  await writeFile(join(place, 'ca.pem'), ca);
  github = createServer({ cert, key }, async (_, response) => {
    response.end(await readFile(archive));
  });
  const address = `127.0.0.1:${await listen(github, { address: '127.0.0.1', port: 0 })}`;
  proxy = await startProxy({ routes: { 'github.com:443': address } });
  outside = {
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: join(place, 'ca.pem'),
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  };
  inputs = {
    ...bed.inputs,
    buildkitPath: '',
    buildkitMode: 'rootless',
    buildkitDownloadUrl: releases.downloadUrl,
    buildkitSha256: releases.sha256,
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await machines.endJobs();
});
afterAll(async () => {
  await machines.close();
  await bed.close();
  await Promise.all([releases.close(), proxy.close(), stop(github)]);
  await rm(place, { recursive: true });
});

describe('rootlesskit in a step', () => {
  it('is refused when what comes from GitHub is not the pinned archive', async () => {
    const { job, options } = await machines.job();
    const result = await job.step(inputs, { ...options, env: outside });
    expect(result.output).toContain('title=buildkit-checksum-mismatch');
    expect(result.errors[0]).toContain(
      `RootlessKit v3.1.0 from https://github.com/rootless-containers/rootlesskit/releases/download/v3.1.0/rootlesskit-`,
    );
    expect(result.errors[0]).toContain(`expected SHA-256 ${PINNED.sha256}, got ${await sha256OfFile(archive)}`);
    expect(proxy.requests.map(({ target }) => target)).toContain('github.com:443');
  });

  it('is not downloaded when BuildKit runs as root', async () => {
    const before = proxy.requests.length;
    const job = await bed.job();
    const result = await job.step({ ...inputs, buildkitMode: 'auto' }, { env: { ...outside, NO_PROXY: '127.0.0.1' } });
    expect(result.code, result.output).toBe(0);
    expect(proxy.requests.slice(before)).toEqual([]);
  });

  it('comes from the tool cache when it is there, beside BuildKit from a mirror', async () => {
    const { job, options } = await machines.job();
    const tool = join(job.toolCache, `rootlesskit/3.1.0-sha256.x${PINNED.sha256.slice(0, 16)}/${ARCH}`);
    await mkdir(join(tool, 'bin'), { recursive: true });
    await copyFile(toolchain.rootlesskit, join(tool, 'bin/rootlesskit'));
    await writeFile(
      join(tool, 'checksums.json'),
      JSON.stringify({ rootlesskit: await sha256OfFile(toolchain.rootlesskit) }),
    );
    await writeFile(`${tool}.complete`, '');
    await giveTo(machines.uid, job);
    const result = await job.step(inputs, { ...options, env: { PATH: outside.PATH ?? '' } });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('RootlessKit v3.1.0 from the tool cache');
    expect(result.log).toContain('BuildKit v0.32.2 downloaded and verified');
  });

  it('is the one on the PATH, beside BuildKit from a mirror', async () => {
    const { job, options } = await machines.job();
    const result = await job.step(inputs, { ...options, env: { PATH: `${join(place, 'bin')}:${outside.PATH}` } });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain(`RootlessKit from ${join(place, 'bin/rootlesskit')}`);
  });
});

describe('an archive of rootlesskit', () => {
  /** Installs what a server of this machine has, as if it were the pinned release. */
  async function install(
    options: { readonly served?: Buffer; readonly sha256?: string },
    tamper: (installed: string) => Promise<void> = async () => undefined,
  ) {
    const server = await serveArchive(options.served ?? (await readFile(archive)));
    const { url, sha256 } = { ...server, ...options };
    const toolCache = await mkdtemp('/tmp/bka-tools-');
    vi.stubEnv('RUNNER_TOOL_CACHE', toolCache);
    vi.stubEnv('RUNNER_TEMP', toolCache);
    const from = { release: { ...PINNED, url, sha256 }, arch: ARCH, toolCache } as const;
    try {
      const first = await installRootlesskit({ ...from, directory: join(toolCache, 'download') });
      await tamper(first.path);
      const second = await installRootlesskit({ ...from, directory: join(toolCache, 'again') });
      return { first, second, program: await sha256OfFile(second.path) };
    } finally {
      await server.close();
      await rm(toolCache, { recursive: true });
    }
  }

  it('is downloaded once, verified, and only the program is unpacked', async () => {
    const { first, second, program } = await install({});
    expect([first.downloaded, second.downloaded]).toEqual([true, false]);
    expect(program).toBe(await sha256OfFile(toolchain.rootlesskit));
  });

  it('is put anew where the program in the tool cache was changed', async () => {
    const { second, program } = await install({}, (path) => appendFile(path, 'tampered'));
    expect(second.downloaded).toBe(true);
    expect(program).toBe(await sha256OfFile(toolchain.rootlesskit));
  });

  it('is refused with another checksum', async () => {
    await expect(install({ sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'buildkit-checksum-mismatch' });
  });

  it.each(['symlink', 'link', 'fifo', 'directory'] as const)(
    'is refused when the program in it is a %s',
    async (type) => {
      const served = await archiveOf([{ name: 'rootlesskit', type, linkname: '/bin/true' }]);
      await expect(install({ served })).rejects.toMatchObject({
        code: 'buildkit-archive-broken',
        message: expect.stringContaining(`rootlesskit is not a plain file (${type})`),
      });
    },
  );
});
