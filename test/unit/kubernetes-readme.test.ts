import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { at, textAt } from '../../src/json.ts';
import { EXAMPLE, type Example, hostsOf, openExample, readManifests } from '../support/kubernetes.ts';
import { isWorkflow, readText, yamlBlocks } from '../support/workflows/documents.ts';
import { readWorkflow } from '../support/workflows/parse.ts';

const README = `${EXAMPLE}/README.md`;
let example: Example;
beforeAll(async () => {
  example = await openExample();
});
afterAll(() => example.close());

describe('the script for the certificates', () => {
  const read = (name: string) => readFile(join(example.directory, 'certificates', name), 'utf8');
  const NAMES = ['server/cert.pem', 'client/cert.pem', 'server/key.pem', 'client/key.pem', 'authority/ca.pem'];

  it('renews the certificates and keeps the authority', async () => {
    const before = await Promise.all(NAMES.map(read));
    await example.createCertificates();
    const after = await Promise.all(NAMES.map(read));
    expect(NAMES.filter((_, index) => before[index] === after[index])).toEqual(['authority/ca.pem']);
    const authority = new X509Certificate(await read('authority/ca.pem'));
    for (const [who, use] of [
      ['server', '1.3.6.1.5.5.7.3.1'],
      ['client', '1.3.6.1.5.5.7.3.2'],
    ]) {
      const certificate = new X509Certificate(await read(`${who}/cert.pem`));
      expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBe(true);
      expect(certificate.keyUsage).toEqual([use]);
      expect(certificate.ca).toBe(false);
      expect(await read(`${who}/ca.pem`)).toBe(await read('authority/ca.pem'));
    }
  });

  it('touches nothing without the key of the authority, and makes a new one when it is gone', async () => {
    const before = await Promise.all(NAMES.slice(0, 4).map(read));
    const authority = join(example.directory, 'certificates/authority');
    await rm(join(authority, 'key.pem'));
    await expect(example.createCertificates()).rejects.toThrow('authority/key.pem is missing');
    expect(await Promise.all(NAMES.slice(0, 4).map(read))).toEqual(before);
    await rm(authority, { recursive: true });
    const old = await read('client/ca.pem');
    await example.createCertificates();
    expect(await read('client/ca.pem')).not.toBe(old);
  });
});

describe('the README', () => {
  it('has addresses, names and files that there are', async () => {
    const text = await readText(README);
    const known = hostsOf(await readManifests(inject('toolchain'), join(example.directory, 'rootless')));
    const [workflow, fragment] = (await yamlBlocks(README)).toSorted((a, b) => b.text.length - a.text.length);
    expect(workflow && isWorkflow(workflow)).toBe(true);
    const { root } = await readWorkflow(README, workflow?.text ?? '', readText);
    expect(root).toBeDefined();
    const step = at(parseYaml(workflow?.text ?? ''), 'jobs', 'image', 'steps', '1', 'with');
    const inputs = Object.keys(Object(at(parseYaml(await readText('action.yml')), 'inputs')));
    expect(Object.keys(Object(step)).filter((name) => !inputs.includes(name))).toEqual([]);
    const lines = (textAt(step, 'buildkitHost') ?? '').trim().split('\n');
    const arch = (host: string) => host.match(/^buildkitd-(\w+)-/)?.[1];
    expect(lines).toEqual(known.map((host) => `linux/${arch(host)}=tcp://${host}:1234`));
    expect([...text.matchAll(/\bbuildkitd-\w+-\d\.[\w.-]+\w/g)].filter(([host]) => !known.includes(host))).toEqual([]);

    const pods = [...(fragment?.text ?? '').matchAll(/kube-pod:\/\/([\w-]+)\?namespace=([\w-]+)$/gm)];
    expect(
      pods.map(([, pod = '', namespace]) =>
        known.some((host) => host.startsWith(`${pod}.${pod.slice(0, -2)}.${namespace}.`)),
      ),
    ).toEqual([true, true]);
    expect(text).toContain('`data-buildkitd-amd64-0`');

    const files = [...text.matchAll(/`((?:rootless|base|fleet|certificates)\/[\w./-]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((path) => !existsSync(join(example.directory, path)))).toEqual([]);
  });

  it('brings the fleet up with two commands, and gives the files of the client to the inputs of their name', async () => {
    const text = await readText(README);
    const [first] = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
    expect(first?.[1]).toBe('sh create-certificates.sh\nkubectl apply -k rootless\n');
    for (const [input, file] of [
      ['buildkitCaCert', 'ca.pem'],
      ['buildkitClientCert', 'cert.pem'],
      ['buildkitClientKey', 'key.pem'],
    ]) {
      const secret = text.match(new RegExp(`${input}: \\$\\{\\{ secrets\\.(\\w+) \\}\\}`))?.[1];
      expect(text).toContain(`gh secret set ${secret} < certificates/client/${file}\n`);
    }
  });

  it('says what the manifests say', async () => {
    const text = await readText(README);
    const version = textAt(JSON.parse(await readText('src/buildkit/releases.json')), 'default');
    expect(text).toContain(`\`${version}-rootless\` or \`${version}\``);
    expect(text).toContain(`crane digest docker.io/moby/buildkit:${version}-rootless\n`);
    expect(text).toContain('Only the namespace `arc-runners` reaches port 1234');
    expect(text).toContain('`terminationGracePeriodSeconds`: an hour');
  });
});
