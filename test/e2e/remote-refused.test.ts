import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import { listen } from '../support/listen.ts';
import { startRemoteDaemon } from '../support/remote-daemon.ts';
import type { Toolchain } from '../support/toolchain.ts';

let bed: Bed;
let toolchain: Toolchain;
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain);
});
afterAll(() => bed.close());

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
    expect([code, error]).toEqual([
      'daemon-unreachable',
      expect.stringContaining('it takes connections, and gives no answer'),
    ]);
    expect(error).not.toContain('--timeout');
  });

  it('nobody answers at, within seconds', async () => {
    const gone = await startRemoteDaemon({ toolchain });
    await gone.close();
    const { code, error } = await refuse(await bed.job(), bed, { buildkitHost: gone.address });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('nobody answers there')]);
  });
});
