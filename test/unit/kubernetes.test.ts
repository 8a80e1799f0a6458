import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { at, numberAt, textAt } from '../../src/json.ts';
import {
  EXAMPLE,
  type Example,
  hostsOf,
  nameOf,
  namespaceOf,
  openExample,
  podOf,
  readManifests,
} from '../support/kubernetes.ts';
import { readText } from '../support/workflows/documents.ts';

const toolchain = inject('toolchain');
let example: Example;
let objects: Readonly<Record<string, readonly unknown[]>>;
beforeAll(async () => {
  example = await openExample();
  const read = (variant: string) => readManifests(toolchain, join(example.directory, variant));
  objects = { rootless: await read('rootless'), privileged: await read('privileged') };
});
afterAll(() => example.close());

const ofKind = (variant: string, kind: string) =>
  (objects[variant] ?? []).filter((one) => textAt(one, 'kind') === kind);
const daemonOf = (set: unknown) => at(podOf(set), 'containers', '0');

async function configuration(): Promise<unknown> {
  return parse(await readText(`${EXAMPLE}/base/buildkitd.toml`));
}

describe('the check of the manifests', () => {
  it.each([
    ['a misspelt field', 'service.yaml', 'clusterIP: None', 'clusterIp: None', 'unknown field "spec.clusterIp"'],
    [
      'a field twice',
      'service.yaml',
      '  clusterIP: None',
      '  clusterIP: None\n  clusterIP: None',
      'mapping key "clusterIP" already defined',
    ],
    [
      'a field of another object',
      'disruption-budget.yaml',
      'spec:',
      'spec:\n  replicas: 1',
      'unknown field "spec.replicas"',
    ],
    ['a list for a number', 'disruption-budget.yaml', 'spec:', 'spec:\n  minAvailable: [1]', 'cannot unmarshal array'],
    ['a kind that there is not', 'service.yaml', 'kind: Service', 'kind: Servise', 'no kind "Servise"'],
  ])('refuses %s', async (_, file, before, after, said) => {
    const copy = await mkdtemp('/tmp/bka-kubernetes-broken-');
    onTestFinished(() => rm(copy, { recursive: true }));
    await cp(example.directory, copy, { recursive: true });
    const path = join(copy, 'fleet', file);
    const text = await readFile(path, 'utf8');
    expect(text).toContain(before);
    await writeFile(path, text.replace(before, after));
    await expect(readManifests(toolchain, join(copy, 'rootless'))).rejects.toThrow(said);
  });
});

describe.each(['rootless', 'privileged'])('the %s variant', (variant) => {
  it('is a namespace with two fleets', () => {
    const names = (objects[variant] ?? []).map((one) =>
      `${textAt(one, 'kind')} ${nameOf(one)}`.replace(/-\w{10}$/, ''),
    );
    expect(names.sort()).toEqual([
      'ConfigMap buildkitd',
      'Namespace buildkit',
      'NetworkPolicy buildkitd',
      'PodDisruptionBudget buildkitd-amd64',
      'PodDisruptionBudget buildkitd-arm64',
      'Secret buildkitd-certificates',
      'Service buildkitd-amd64',
      'Service buildkitd-arm64',
      'StatefulSet buildkitd-amd64',
      'StatefulSet buildkitd-arm64',
    ]);
    const inside = (objects[variant] ?? []).filter((one) => textAt(one, 'kind') !== 'Namespace');
    expect(new Set(inside.map(namespaceOf))).toEqual(new Set(['buildkit']));
  });

  it('has each fleet on nodes of its architecture, found by its own Service and budget', () => {
    for (const arch of ['amd64', 'arm64']) {
      const name = `buildkitd-${arch}`;
      const [set] = ofKind(variant, 'StatefulSet').filter((one) => nameOf(one) === name);
      const [service] = ofKind(variant, 'Service').filter((one) => nameOf(one) === name);
      const [budget] = ofKind(variant, 'PodDisruptionBudget').filter((one) => nameOf(one) === name);
      const labels = { 'app.kubernetes.io/name': 'buildkitd', 'app.kubernetes.io/instance': arch };
      expect(at(podOf(set), 'nodeSelector')).toEqual({ 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': arch });
      expect(at(set, 'spec', 'template', 'metadata', 'labels')).toEqual(labels);
      expect(at(set, 'spec', 'selector', 'matchLabels')).toEqual(labels);
      expect(at(budget, 'spec', 'selector', 'matchLabels')).toEqual(labels);
      expect(at(service, 'spec', 'selector')).toEqual(labels);
      expect(textAt(service, 'spec', 'clusterIP')).toBe('None');
      expect(textAt(set, 'spec', 'serviceName')).toBe(name);
    }
  });

  it('gives the daemon the port, the socket, the files and the volume that its configuration names', async () => {
    const toml = await configuration();
    const [map] = ofKind(variant, 'ConfigMap');
    const [secret] = ofKind(variant, 'Secret');
    const [policy] = ofKind(variant, 'NetworkPolicy');
    expect(textAt(map, 'data', 'buildkitd.toml')).toBe(await readText(`${EXAMPLE}/base/buildkitd.toml`));
    const socket = 'unix:///run/buildkit/buildkitd.sock';
    expect(at(toml, 'grpc', 'address')).toEqual([socket, 'tcp://:1234']);
    expect(at(policy, 'spec', 'ingress', '0', 'ports')).toEqual([{ port: 1234, protocol: 'TCP' }]);
    for (const service of ofKind(variant, 'Service')) {
      expect(at(service, 'spec', 'ports')).toMatchObject([{ port: 1234, targetPort: 'buildkitd' }]);
    }
    for (const set of ofKind(variant, 'StatefulSet')) {
      const daemon = daemonOf(set);
      expect(at(daemon, 'ports')).toEqual([{ name: 'buildkitd', containerPort: 1234 }]);
      expect(at(daemon, 'env')).toEqual([{ name: 'BUILDKIT_HOST', value: socket }]);
      expect(at(daemon, 'args', '1')).toBe('/etc/buildkit/buildkitd.toml');
      expect(at(daemon, 'volumeMounts')).toEqual([
        { name: 'data', mountPath: '/var/lib/buildkit' },
        { name: 'run', mountPath: '/run/buildkit' },
        { name: 'configuration', mountPath: '/etc/buildkit', readOnly: true },
        { name: 'certificates', mountPath: '/etc/buildkit-certificates', readOnly: true },
      ]);
      expect(at(podOf(set), 'volumes')).toMatchObject([
        { name: 'run', emptyDir: {} },
        { name: 'configuration', configMap: { name: nameOf(map) } },
        { name: 'certificates', secret: { secretName: nameOf(secret) } },
      ]);
      expect(textAt(set, 'spec', 'volumeClaimTemplates', '0', 'metadata', 'name')).toBe('data');
    }
    expect(textAt(toml, 'root')).toBe('/var/lib/buildkit/data');
    const inSecret = ['ca.pem', 'cert.pem', 'key.pem'];
    const named = ['ca', 'cert', 'key'].map((key) => textAt(toml, 'grpc', 'tls', key));
    expect(named).toEqual(inSecret.map((file) => `/etc/buildkit-certificates/${file}`));
    expect(Object.keys(Object(at(secret, 'data'))).sort()).toEqual(inSecret);
  });

  it('asks the daemon over the socket of the pod, and gives it time to end', () => {
    for (const set of ofKind(variant, 'StatefulSet')) {
      const daemon = daemonOf(set);
      const command = ['buildctl', 'debug', 'workers'];
      expect(at(daemon, 'readinessProbe', 'exec', 'command')).toEqual(command);
      expect(at(daemon, 'livenessProbe', 'exec', 'command')).toEqual(command);
      // buildctl waits 5 s for a connection.
      expect(numberAt(daemon, 'readinessProbe', 'timeoutSeconds')).toBeGreaterThan(5);
      expect(numberAt(daemon, 'livenessProbe', 'timeoutSeconds')).toBeGreaterThan(5);
      expect(numberAt(podOf(set), 'terminationGracePeriodSeconds')).toBe(3600);
      expect(numberAt(daemon, 'lifecycle', 'preStop', 'sleep', 'seconds')).toBe(15);
    }
  });

  it('lets only the namespace of the runners in', () => {
    const [policy] = ofKind(variant, 'NetworkPolicy');
    expect(at(policy, 'spec', 'podSelector')).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'buildkitd' } });
    expect(at(policy, 'spec', 'policyTypes')).toEqual(['Ingress']);
    expect(at(policy, 'spec', 'ingress')).toMatchObject([
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'arc-runners' } } }] },
    ]);
  });

  it('has certificates for the names of all its pods', async () => {
    const read = (name: string) => readFile(join(example.directory, 'certificates', name), 'utf8');
    const certificate = new X509Certificate(await read('server/cert.pem'));
    expect(hostsOf(objects[variant] ?? [])).toHaveLength(4);
    for (const host of hostsOf(objects[variant] ?? [])) {
      expect(certificate.checkHost(host), host).toBeDefined();
      expect(certificate.checkHost(host.replace('.cluster.local', '')), host).toBeDefined();
    }
    expect(certificate.checkHost('buildkitd-amd64-0.buildkitd-amd64.elsewhere.svc')).toBeUndefined();
    const data = at(ofKind(variant, 'Secret')[0], 'data');
    expect(Buffer.from(textAt(data, 'cert.pem') ?? '', 'base64').toString()).toBe(await read('server/cert.pem'));
  });
});

it('the rootless variant has no privileges, and the image that belongs to it', async () => {
  for (const set of ofKind('rootless', 'StatefulSet')) {
    expect(JSON.stringify(set)).not.toContain('"privileged"');
    expect(at(podOf(set), 'securityContext')).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      fsGroupChangePolicy: 'OnRootMismatch',
    });
    expect(at(daemonOf(set), 'securityContext')).toEqual({
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Unconfined' },
    });
    expect(at(daemonOf(set), 'args')).toContain('--oci-worker-no-process-sandbox');
    const image = `moby/buildkit:${await version()}-rootless`;
    expect(textAt(daemonOf(set), 'image')).toBe(image);
    expect(textAt(podOf(set), 'initContainers', '0', 'image')).toBe(image);
    // Without it, layers would have the setgid bit of the volume.
    expect(at(podOf(set), 'initContainers', '0', 'command', '2')).toContain('chmod go-rwxs /var/lib/buildkit/data');
    // The image starts rootlesskit, which starts the daemon.
    expect(at(daemonOf(set), 'command')).toBeUndefined();
  }
});

it('the privileged variant is privileged', async () => {
  for (const set of ofKind('privileged', 'StatefulSet')) {
    expect(at(daemonOf(set), 'securityContext')).toEqual({ privileged: true });
    expect(textAt(daemonOf(set), 'image')).toBe(`moby/buildkit:${await version()}`);
    expect(at(daemonOf(set), 'args')).not.toContain('--oci-worker-no-process-sandbox');
  }
});

it('the daemon asks for certificates of clients, and keeps less than its volume', async () => {
  const toml = await configuration();
  expect(textAt(toml, 'grpc', 'tls', 'ca')).toBeDefined();
  expect(at(toml, 'worker', 'oci', 'gc')).toBe(true);
  const most = Number.parseInt(textAt(toml, 'worker', 'oci', 'maxUsedSpace') ?? '', 10);
  const free = Number.parseInt(textAt(toml, 'worker', 'oci', 'minFreeSpace') ?? '', 10);
  const [set] = ofKind('rootless', 'StatefulSet');
  const size = textAt(set, 'spec', 'volumeClaimTemplates', '0', 'spec', 'resources', 'requests', 'storage');
  expect(most + free).toBeLessThan(Number.parseInt(size ?? '', 10));
});

/** The version of BuildKit that the action has for its own daemons. */
async function version(): Promise<string> {
  return textAt(JSON.parse(await readText('src/buildkit/releases.json')), 'default') ?? '';
}
