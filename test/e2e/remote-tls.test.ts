import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Authority, type Issued, makeAuthority } from '../support/authority.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, readImage, refuse } from '../support/built.ts';
import { filesHolding } from '../support/leaks.ts';
import { sampleArguments } from '../support/processes.ts';
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
