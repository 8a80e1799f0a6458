import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { at, parseJson, textAt } from '../../src/json.ts';
import { startBed } from '../support/bed.ts';
import { buildIn } from '../support/built.ts';
import { makeCertificate } from '../support/certificates.ts';
import {
  type ClientOptions,
  clientArguments,
  type ExampleDaemon,
  runBuildctl,
  startExampleDaemon,
} from '../support/example-daemon.ts';
import { readLayerFile } from '../support/oci.ts';

const toolchain = inject('toolchain');
const SERVER = 'buildkitd-amd64-0.buildkitd-amd64.buildkit.svc.cluster.local';
let daemon: ExampleDaemon;
let certificates: string;
beforeAll(async () => {
  daemon = await startExampleDaemon(toolchain);
  certificates = join(daemon.example.directory, 'certificates');
});
afterAll(() => daemon.close());

function workers(options: ClientOptions, address = daemon.address): Promise<string> {
  return runBuildctl(toolchain, [...clientArguments(address, options), 'debug', 'workers', '--format', 'json']);
}

const ca = (who: string) => join(certificates, who, 'ca.pem');
const client = (): ClientOptions => ({
  ca: ca('client'),
  certificate: join(certificates, 'client'),
  serverName: SERVER,
});

describe('the daemon of the example', () => {
  it('answers a client with the certificates of the script', async () => {
    const [worker] = [parseJson(await workers(client()))].flat();
    expect(textAt(worker, 'buildkitVersion', 'version')).toMatch(/^v\d/);
    // As the configuration has it: buildkitd would ignore a key that it does not know.
    expect(at(worker, 'gcPolicy', '3')).toMatchObject({
      reservedSpace: 20 * 1024 ** 3,
      maxUsedSpace: 80 * 1024 ** 3,
      minFreeSpace: 10 * 1024 ** 3,
    });
  });

  it('is built on by the action, with the files that the README gives to its inputs', async () => {
    const bed = await startBed(toolchain);
    try {
      const read = (name: string) => readFile(join(certificates, 'client', name), 'utf8');
      const { image } = await buildIn(await bed.job(), bed, {
        buildkitHost: `linux/amd64=${daemon.address}`,
        platforms: 'linux/amd64',
        buildkitCaCert: await read('ca.pem'),
        buildkitClientCert: await read('cert.pem'),
        buildkitClientKey: await read('key.pem'),
        buildkitServerName: SERVER,
      });
      expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
    } finally {
      await bed.close();
    }
  });

  it('has the same name for each pod, and none for others', async () => {
    const as = (serverName: string) => workers({ ...client(), serverName });
    await as('buildkitd-arm64-7.buildkitd-arm64.buildkit.svc');
    await expect(as('buildkitd-amd64-0.buildkitd-amd64.other.svc')).rejects.toThrow('x509: certificate is valid for');
    await expect(workers({ ...client(), serverName: '' })).rejects.toThrow(
      'x509: cannot validate certificate for 127.0.0.1',
    );
  });

  it('refuses who has no certificate', async () => {
    await expect(workers({ ca: ca('client'), serverName: SERVER })).rejects.toThrow(REFUSED);
    await expect(workers({})).rejects.toThrow('error reading server preface: EOF');
  });

  it('refuses the certificate of another authority, and its own', async () => {
    const foreign = join(daemon.example.directory, 'foreign');
    const { cert, key } = await makeCertificate(['client']);
    await mkdir(foreign);
    await writeFile(join(foreign, 'cert.pem'), cert);
    await writeFile(join(foreign, 'key.pem'), key);
    await expect(workers({ ...client(), certificate: foreign })).rejects.toThrow(REFUSED);
    await expect(workers({ ...client(), certificate: join(certificates, 'server') })).rejects.toThrow(REFUSED);
  });

  it('is not believed by who knows another authority', async () => {
    const { ca: foreign } = await makeCertificate([SERVER]);
    const path = join(daemon.example.directory, 'foreign-ca.pem');
    await writeFile(path, foreign);
    await expect(workers({ ...client(), ca: path })).rejects.toThrow('x509: certificate signed by unknown authority');
  });

  it('knows a renewed certificate of the same authority', async () => {
    await daemon.example.createCertificates();
    await workers(client());
  });

  it('answers the probes over its socket without any', async () => {
    await workers({}, daemon.socket);
  });
});

/** The daemon ends the connection, and buildctl says of it what it saw first. */
const REFUSED = /broken pipe|connection reset by peer|bad certificate|certificate required|unknown certificate|EOF/;
