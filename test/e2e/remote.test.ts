import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Authority, type Issued, makeAuthority } from '../support/authority.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, readImage, refuse } from '../support/built.ts';
import { filesHolding } from '../support/leaks.ts';
import { listen } from '../support/listen.ts';
import { asUser, giveTo, NOBODY, openDirectory, openNamespace } from '../support/namespace.ts';
import { readLayerFile } from '../support/oci.ts';
import { pretend } from '../support/other-system.ts';
import { processesNaming, sampleArguments } from '../support/processes.ts';
import { startReleaseServer } from '../support/releases.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import type { Toolchain } from '../support/toolchain.ts';

let bed: Bed;
let toolchain: Toolchain;
let plain: RemoteDaemon;
let authority: Authority;
let client: Issued;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain);
  [plain, authority] = await Promise.all([startRemoteDaemon({ toolchain }), makeAuthority()]);
  client = await authority.issue({});
});
afterAll(async () => {
  await bed.close();
  for (const one of [...opened, plain, authority]) {
    await one.close();
  }
});

/** A daemon behind mTLS. */
async function startSecure(names: readonly string[], isExpired = false): Promise<RemoteDaemon> {
  const server = await authority.issue({ names, isExpired });
  const daemon = await startRemoteDaemon({ toolchain, tls: { authority, server } });
  opened.push(daemon);
  return daemon;
}

async function otherAuthority(): Promise<Authority> {
  const other = await makeAuthority();
  opened.push(other);
  return other;
}

function certificates(): Record<string, string> {
  return { buildkitCaCert: authority.ca, buildkitClientCert: client.cert, buildkitClientKey: client.key };
}

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

describe('a BuildKit behind mTLS', () => {
  it('is built on with certificates, of which nothing is left', async () => {
    const secure = await startSecure(['127.0.0.1']);
    const job = await bed.job();
    const { result: built, arguments: seen } = await sampleArguments(() =>
      buildIn(job, bed, { buildkitHost: secure.address, ...certificates() }),
    );
    expect((await readImage(built.image)).layers.length).toBeGreaterThan(0);
    const [, line = ''] = client.key.split('\n');
    expect(built.result.masks.join('\n')).toContain(line);
    expect([...seen].some((argument) => argument.includes(line))).toBe(false);
    expect(await filesHolding([line], [job.temp, job.home, job.workspace, ...job.scratch()])).toEqual([]);
  });

  it('takes certificates from files, and the name that its own is for', async () => {
    const secure = await startSecure(['buildkitd.example.com']);
    const files = { 'tls/ca.pem': authority.ca, 'tls/cert.pem': client.cert, 'tls/key.pem': client.key };
    const job = await bed.job({ files: { ...files, Dockerfile: dockerfile(bed.baseImage) } });
    await buildIn(job, bed, {
      buildkitHost: secure.address,
      buildkitCaCert: 'tls/ca.pem',
      buildkitClientCert: 'tls/cert.pem',
      buildkitClientKey: 'tls/key.pem',
      buildkitServerName: 'buildkitd.example.com',
    });
  });

  it.each<readonly [string, string, () => Promise<{ daemon: RemoteDaemon; inputs?: Record<string, string> }>]>([
    [
      'its certificate is for another name',
      'wrong name',
      async () => ({ daemon: await startSecure(['other.example.com']) }),
    ],
    [
      'its certificate is for another name',
      'wrong server name',
      async () => ({ daemon: await startSecure(['127.0.0.1']), inputs: { buildkitServerName: 'other.example.com' } }),
    ],
    [
      'its certificate has expired',
      'expired certificate',
      async () => ({ daemon: await startSecure(['127.0.0.1'], true) }),
    ],
    [
      'its certificate is not of the authority',
      'wrong authority',
      async () => ({
        daemon: await startSecure(['127.0.0.1']),
        inputs: { buildkitCaCert: (await otherAuthority()).ca },
      }),
    ],
    [
      'it does not let this client in',
      'no client certificate',
      async () => ({
        daemon: await startSecure(['127.0.0.1']),
        inputs: { buildkitClientCert: '', buildkitClientKey: '' },
      }),
    ],
    [
      'it does not let this client in',
      'foreign client',
      async () => {
        const foreign = await (await otherAuthority()).issue({});
        return {
          daemon: await startSecure(['127.0.0.1']),
          inputs: { buildkitClientCert: foreign.cert, buildkitClientKey: foreign.key },
        };
      },
    ],
    [
      'it does not',
      'expired client',
      async () => {
        const expired = await authority.issue({ isExpired: true });
        return {
          daemon: await startSecure(['127.0.0.1']),
          inputs: { buildkitClientCert: expired.cert, buildkitClientKey: expired.key },
        };
      },
    ],
    [
      'it wants TLS',
      'plain text against TLS',
      async () => ({
        daemon: await startSecure(['127.0.0.1']),
        inputs: { buildkitCaCert: '', buildkitClientCert: '', buildkitClientKey: '' },
      }),
    ],
    ['it speaks no TLS', 'TLS against plain text', async () => ({ daemon: plain })],
  ])('says why it cannot be used: %s (%s)', async (reason, _, open) => {
    const { daemon, inputs = {} } = await open();
    const { code, error } = await refuse(await bed.job(), bed, {
      buildkitHost: daemon.address,
      ...certificates(),
      ...inputs,
    });
    expect([code, error]).toEqual([
      'daemon-unreachable',
      expect.stringContaining(`${daemon.address} cannot be used: ${reason}`),
    ]);
  });
});

/** A key that no certificate is for. */
const KEY = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));

describe('an address is refused', () => {
  it.each([
    ['plain text beyond this machine', 'tcp://192.0.2.1:1234', {}, 'buildkit-host-insecure'],
    ['another way', 'http://127.0.0.1:1234', {}, 'buildkit-host-malformed'],
    ['no port', 'tcp://127.0.0.1', {}, 'buildkit-host-malformed'],
    ['a daemon of its own beside it', 'unix:///x.sock', { buildkitMode: 'root' }, 'buildkit-host-conflict'],
    [
      'mirrors that it does not know',
      'unix:///x.sock',
      { registryMirrors: 'docker.io=a.example' },
      'buildkit-host-conflict',
    ],
    ['a key without its certificate', 'tcp://127.0.0.1:1', { buildkitClientKey: KEY }, 'buildkit-host-conflict'],
    [
      'what is no certificate',
      'tcp://127.0.0.1:1',
      { buildkitCaCert: '-----BEGIN CERTIFICATE-----\nfake\n' },
      'buildkit-certificate-malformed',
    ],
  ])('with %s', async (_, buildkitHost, inputs, code) => {
    expect((await refuse(await bed.job(), bed, { buildkitHost, ...inputs })).code).toBe(code);
  });

  it('takes connections and says nothing at, without the command line of the action', { timeout: 60_000 }, async () => {
    const server = createServer();
    const port = await listen(server, { address: '127.0.0.1', port: 0 });
    const { code, error } = await refuse(await bed.job(), bed, { buildkitHost: `tcp://127.0.0.1:${port} insecure` });
    server.close();
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('gives no answer')]);
    expect(error).not.toContain('--timeout');
  });

  it('nobody answers at, within seconds', async () => {
    const gone = await startRemoteDaemon({ toolchain });
    await gone.close();
    const { code, error } = await refuse(await bed.job(), bed, { buildkitHost: gone.address });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('nobody answers there')]);
  });
});

/** A program that runs buildctl's own bridge in place of what it stands for, and notes how it was called. */
async function makeBridge(name: 'kubectl' | 'docker'): Promise<{ readonly directory: string; readonly calls: string }> {
  const directory = await openDirectory();
  const calls = join(directory, 'calls');
  const script = `#!/bin/sh\necho "$@" >>${calls}\nexec ${toolchain.buildctl} --addr ${plain.socket} dial-stdio\n`;
  await writeFile(join(directory, name), script, { mode: 0o755 });
  return { directory, calls };
}

describe.each([
  [
    'kubectl',
    'kube-pod://buildkitd-0?namespace=builders&container=buildkitd',
    /exec .*--namespace builders.* buildkitd-0|exec .*buildkitd-0/,
  ],
  ['docker', 'docker-container://buildkitd', /exec -i buildkitd/],
] as const)('a BuildKit that %s reaches', (name, buildkitHost, call) => {
  it('is built on', async () => {
    const { directory, calls } = await makeBridge(name);
    const job = await bed.job({ env: { PATH: `${directory}:${process.env.PATH}` } });
    const { image } = await buildIn(job, bed, { buildkitHost });
    expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
    const { stdout } = await promisify(execFile)('cat', [calls]);
    expect(stdout).toMatch(call);
  });

  it(`is not reached when ${name} says that there is none, and no certificates are asked for`, async () => {
    const directory = await openDirectory();
    const words = 'Error from server (NotFound): pods "buildkitd-0" not found; No such container: buildkitd';
    await writeFile(join(directory, name), `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 });
    const job = await bed.job({ env: { PATH: `${directory}:${process.env.PATH}` } });
    const { code, error } = await refuse(job, bed, { buildkitHost });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('there is no such pod or container')]);
    expect(error).not.toContain('buildkitClientCert');
  });

  it(`is not reached without ${name}`, async () => {
    const directory = await openDirectory();
    await mkdir(join(directory, 'empty'));
    expect(await readdir(join(directory, 'empty'))).toEqual([]);
    const job = await bed.job({ env: { PATH: join(directory, 'empty') } });
    const { code, error } = await refuse(job, bed, { buildkitHost });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('is not on the PATH of the runner')]);
  });
});
