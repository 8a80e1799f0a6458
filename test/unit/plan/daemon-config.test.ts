import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { daemonConfig, ownedKeys, parseDaemonConfig } from '../../../src/plan/daemon-config.ts';
import { parseMirror } from '../../../src/plan/mirrors.ts';
import { problemOf } from '../failures.ts';

const PLAIN = { runc: '/bin/runc', cgroup: 'steps', isKept: false, mirrors: [], network: {}, given: {} };

function configOf(toml: string, more: Partial<Parameters<typeof daemonConfig>[0]> = {}) {
  return daemonConfig({ ...PLAIN, ...more, given: parse(toml) });
}

describe('the configuration of a daemon', () => {
  it('without anything given has both workers, and no garbage collection', () => {
    expect(daemonConfig(PLAIN)).toEqual({
      worker: {
        oci: { enabled: true, binary: '/bin/runc', gc: false, defaultCgroupParent: 'steps' },
        containerd: { enabled: false },
      },
      registry: {},
    });
  });

  it('has no control group when it is rootless', () => {
    expect(daemonConfig({ ...PLAIN, cgroup: undefined })).not.toHaveProperty('worker.oci.defaultCgroupParent');
  });

  it('is what is given, over what the action sets', () => {
    const config = configOf('debug = true\n[worker.oci]\nbinary = "/other/runc"\nmax-parallelism = 2\n');
    expect(config).toMatchObject({
      debug: true,
      worker: { oci: { enabled: true, binary: '/other/runc', 'max-parallelism': 2, defaultCgroupParent: 'steps' } },
    });
  });

  it('has the network of build steps that is decided on, unless another one is given', () => {
    const network = { networkMode: 'cni', cniPoolSize: 1 };
    expect(configOf('', { network })).toMatchObject({ worker: { oci: network } });
    expect(configOf('[worker.oci]\ncniPoolSize = 4\n', { network })).toHaveProperty('worker.oci.cniPoolSize', 4);
  });

  it('keeps what the action finds the daemon by', () => {
    const given =
      'root = "/x"\n[grpc]\naddress = ["tcp://0.0.0.0:1"]\ndebugAddress = "y"\n[grpc.tls]\ncert = "z"\n[otel]\nsocketPath = "/o"\n[worker.oci]\ndefaultCgroupParent = "p"\n';
    const config = configOf(given);
    expect(config).not.toHaveProperty('root');
    expect(config.grpc).toEqual({ debugAddress: 'y' });
    expect(config.otel).toEqual({});
    expect(config).toHaveProperty('worker.oci.defaultCgroupParent', 'steps');
    expect(ownedKeys(parse(given))).toEqual([
      'root',
      'grpc.address',
      'grpc.tls',
      'otel.socketPath',
      'worker.oci.defaultCgroupParent',
    ]);
  });

  it.each([
    ['nothing is given', '', { gc: true, reservedSpace: '10%', maxUsedSpace: '50%', minFreeSpace: '20%' }],
    ['a size is given', '[worker.oci]\nmaxUsedSpace = "3GB"', { gc: true, maxUsedSpace: '3GB' }],
    ['it is switched off', '[worker.oci]\ngc = false', { gc: false }],
  ])('collects data that are kept by size when %s', (_, toml, expected) => {
    expect(configOf(toml, { isKept: true }).worker).toMatchObject({ oci: expected });
  });

  it('collects the data of a job when there is a policy for it', () => {
    const config = configOf('[[worker.oci.gcpolicy]]\nall = true\n');
    expect(config.worker).toMatchObject({ oci: { gc: true, gcpolicy: [{ all: true }] } });
  });

  it('has the mirrors of both, those of registryMirrors first', () => {
    const mirrors = ['docker.io=one.example/hub', 'docker.io=127.0.0.1:5000'].map(parseMirror);
    const toml =
      '[registry."docker.io"]\nmirrors = ["two.example", "one.example/hub"]\n[registry."127.0.0.1:5000"]\nhttp = false\n[registry."three.example"]\ninsecure = true\n';
    expect(configOf(toml, { mirrors }).registry).toEqual({
      'docker.io': { mirrors: ['one.example/hub', '127.0.0.1:5000', 'two.example'] },
      '127.0.0.1:5000': { http: false },
      'three.example': { insecure: true },
    });
  });
});

describe('a text that is no TOML', () => {
  it('is a problem with its line, and is not shown', async () => {
    const problem = await problemOf(() => parseDaemonConfig('debug = true\nfake-secret = "unfinished\n'));
    expect(problem.code).toBe('buildkit-config-malformed');
    expect(problem.message).toMatch(/^buildkitConfig: line 2, column \d+/);
    expect(problem.message + problem.hint).not.toContain('fake-secret');
  });
});
