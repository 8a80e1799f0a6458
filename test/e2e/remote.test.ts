import { execFile } from 'node:child_process';
import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { asUser, giveTo, NOBODY, openDirectory, openNamespace } from '../support/namespace.ts';
import { readLayerFile } from '../support/oci.ts';
import { pretend } from '../support/other-system.ts';
import { processesNaming } from '../support/processes.ts';
import { startReleaseServer } from '../support/releases.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import type { Toolchain } from '../support/toolchain.ts';

let bed: Bed;
let toolchain: Toolchain;
let plain: RemoteDaemon;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain);
  plain = await startRemoteDaemon({ toolchain });
});
afterAll(async () => {
  await bed.close();
  for (const one of [...opened, plain]) {
    await one.close();
  }
});

describe('a BuildKit elsewhere', () => {
  it.each(['address', 'socket'] as const)('builds and pushes, and nothing is started here: %s', async (way) => {
    const job = await bed.job();
    const { image, result } = await buildIn(job, bed, { buildkitHost: plain[way] });
    expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
    expect(result.log).toContain(`BuildKit v0.32.2 at ${plain[way]}`);
    expect(result.log).not.toContain('daemon started');
    expect(processesNaming(job.temp)).toEqual([]);
  });

  it('is the one in BUILDKIT_HOST, when no other is given', async () => {
    const job = await bed.job({ env: { BUILDKIT_HOST: plain.socket } });
    expect((await buildIn(job, bed)).result.log).toContain(`at ${plain.socket}`);
    const other = await bed.job({ env: { BUILDKIT_HOST: 'unix:///no/such/socket' } });
    expect((await buildIn(other, bed, { buildkitHost: plain.socket })).result.log).toContain(`at ${plain.socket}`);
  });

  it('needs no rights on this machine, and buildctl alone', async () => {
    const programs = await openDirectory();
    await copyFile(toolchain.buildctl, join(programs, 'buildctl'));
    await chmod(join(programs, 'buildctl'), 0o755);
    const job = await bed.job();
    await giveTo(NOBODY, job);
    const result = await job.step(
      { ...bed.inputs, cache: 'none', buildkitPath: programs, buildkitHost: plain.address },
      { through: asUser(NOBODY) },
    );
    expect(result.code, result.output).toBe(0);
  });

  it('is built on from a machine of another system, for which it needs a checksum', async () => {
    const releases = await startReleaseServer({ toolchain });
    const empty = await openDirectory();
    const namespace = await openNamespace({ '/proc': { path: empty } });
    opened.push(releases, namespace);
    const env = { NODE_OPTIONS: await pretend('darwin') };
    const release = { buildkitPath: '', buildkitDownloadUrl: releases.downloadUrl, buildkitSha256: releases.sha256 };
    const job = await bed.job();
    const inputs = { ...bed.inputs, cache: 'none', buildkitHost: plain.address, ...release };
    const result = await job.step(inputs, { env, through: namespace.enter });
    expect(result.code, result.output).toBe(0);
    const arch = process.arch === 'x64' ? 'amd64' : 'arm64';
    expect(releases.requests).toEqual([`/v0.32.2/buildkit-v0.32.2.darwin-${arch}.tar.gz`]);
    expect(await job.post({ env, through: namespace.enter })).toEqual({ code: 0, output: '' });

    const unknown = await job.step({ ...inputs, buildkitSha256: '' }, { env, through: namespace.enter });
    expect(unknown.errors[0]).toContain(
      `the checksum of BuildKit v0.32.2 for darwin-${arch} is not known to this action`,
    );
    const local = await job.step({ ...inputs, buildkitHost: '' }, { env, through: namespace.enter });
    expect(local.output).toContain('title=runner-unsupported');
    expect(local.errors[0]).toContain('give the address of a BuildKit that runs elsewhere as buildkitHost');
  });

  it('may have another version than the client', async () => {
    const programs = await openDirectory();
    await copyFile(toolchain.olderBuildctl, join(programs, 'buildctl'));
    const { image, result } = await buildIn(await bed.job(), bed, {
      buildkitPath: programs,
      buildkitHost: plain.address,
    });
    expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
    expect(result.log).toContain(`BuildKit v0.32.2 at ${plain.address}`);
    expect((await promisify(execFile)(join(programs, 'buildctl'), ['--version'])).stdout).toContain('v0.26.3');
  });

  it('cannot be reached by a client that is too old for what the action asks for, which is said', async () => {
    const programs = await openDirectory();
    const refusal = 'error: flag provided but not defined: -debug-json-cache-metrics';
    const script = `#!/bin/sh\ncase "$*" in *" build "*) echo "${refusal}" >&2; exit 1;; esac\nexec ${toolchain.buildctl} "$@"\n`;
    await writeFile(join(programs, 'buildctl'), script, { mode: 0o755 });
    const { code, error } = await refuse(await bed.job(), bed, { buildkitPath: programs, buildkitHost: plain.address });
    expect([code, error]).toEqual(['buildkit-too-old', expect.stringContaining('--debug-json-cache-metrics')]);
  });

  it('has buildctl alone downloaded, and taken from the tool cache the next time', async () => {
    const releases = await startReleaseServer({ toolchain });
    opened.push(releases);
    const inputs = {
      buildkitPath: '',
      buildkitHost: plain.address,
      buildkitDownloadUrl: releases.downloadUrl,
      buildkitSha256: releases.sha256,
    };
    const toolCache = await openDirectory();
    const first = await buildIn(await bed.job({ toolCache }), bed, inputs);
    expect(first.result.log).toMatch(/^buildctl v0\.32\.2 downloaded and verified/m);
    const files = (await readdir(toolCache, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name).sort()).toEqual([
      expect.stringMatching(/\.complete$/),
      'buildctl',
      'checksums.json',
    ]);
    const second = await buildIn(await bed.job({ toolCache }), bed, inputs);
    expect(second.result.log).toMatch(/^buildctl v0\.32\.2 from the tool cache/m);
    expect(releases.requests).toHaveLength(1);
    const wrong = { ...inputs, buildkitSha256: 'a'.repeat(64) };
    expect((await refuse(await bed.job({ toolCache }), bed, wrong)).code).toBe('buildkit-checksum-mismatch');
  });

  it('builds for its own platform, with the cache of that', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, buildkitHost: plain.address, imageTag: 'own' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('app:buildcache-amd64');
    expect(Object.keys(JSON.parse(result.outputs.platformDigests ?? '{}'))).toEqual(['linux/amd64']);
  });

  it('names the failing step as ever', async () => {
    const job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, 'RUN echo about to fail && exit 42') },
    });
    const { code, error } = await refuse(job, bed, { buildkitHost: plain.address });
    expect([code, error]).toEqual(['build-failed', expect.stringContaining('exit code: 42')]);
  });
});
