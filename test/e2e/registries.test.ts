import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import type { StepOptions } from '../support/job.ts';
import { BOTH, LEG_FILES } from '../support/legs.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { readManifest } from '../support/oci.ts';

const OTHER = { accountId: '210987654321', accessKeyId: 'AKIAEXAMPLE00001FAKE', secretAccessKey: 'fake-other-key' };
const OWN = `${ACCOUNT.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const FAR = `${ACCOUNT.accountId}.dkr.ecr.eu-west-1.amazonaws.com`;
const FIPS = `${ACCOUNT.accountId}.dkr.ecr-fips.us-east-1.amazonaws.com`;
const DUAL = `${ACCOUNT.accountId}.dkr-ecr.us-west-2.on.aws`;
const FOREIGN = `${OTHER.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const PUBLIC = 'public.ecr.aws';
const HOSTS = [OWN, FAR, FIPS, DUAL, FOREIGN, PUBLIC];
/** An address of loopback that no other test uses, so that the port of https is free. */
const ADDRESS = '127.0.0.54';

let bed: Bed;
let namespace: Namespace;
let options: StepOptions;
let authority: string;

beforeAll(async () => {
  const { ca, cert, key } = await makeCertificate(HOSTS);
  bed = await startBed(inject('toolchain'), {
    accounts: [ACCOUNT, OTHER],
    repositories: [
      ...[REGION, 'eu-west-1', 'us-east-1', 'us-west-2'].map((region) => ({ name: 'app', region })),
      { name: 'team/app', accountId: OTHER.accountId, region: REGION, sharedWith: [ACCOUNT.accountId] },
    ],
    publicRegistries: [{ alias: 'acme', repositories: ['app'] }],
    redirectBlobs: true,
    tls: { key, cert, address: ADDRESS, port: 443 },
  });
  const lines = HOSTS.map((host) => `${ADDRESS} ${host}\n`);
  namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${lines.join('')}` } });
  authority = join('/tmp', `bka-registries-${process.pid}.pem`);
  await writeFile(authority, ca);
  options = { through: namespace.enter, env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority } };
});
afterAll(async () => {
  await bed.close(options);
  await namespace.close();
  await rm(authority);
});

/** Where the real registry behind has what goes to a host. */
function placeOf(name: string): string {
  const [host = '', ...path] = name.split('/');
  const { account, region } = /^(?<account>\d+)\.dkr[.-]ecr(?:-fips)?\.(?<region>[^.]+)/.exec(host)?.groups ?? {};
  return account === undefined || region === undefined
    ? name
    : bed.ecr.storageOf({ accountId: account, region }, path.join('/'));
}

function digestAt(name: string, reference: string): Promise<string> {
  return readManifest({ registryUrl: bed.registry.url, repository: placeOf(name), reference }).then(
    ({ digest }) => digest,
  );
}

const FINDING = { name: 'CVE-2026-0001', severity: 'HIGH' };
const REGISTRIES = [OWN, FAR, FIPS, DUAL, `${FOREIGN}/team`, `${PUBLIC}/acme`];
const NAMES = REGISTRIES.map((path) => `${path}/app`);

describe('one build for registries of every kind', () => {
  it('is pushed to all of them with the same digest, in the order of tags, then registries', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const before = bed.ecr.requests.length;
    const result = await job.step(
      { ...bed.inputs, imageRegistryPath: REGISTRIES.join('\n'), imageTag: 'v1,v2', platforms: BOTH },
      options,
    );
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    const names = ['v1', 'v2'].flatMap((tag) => NAMES.map((name) => `${name}:${tag}`));
    expect(result.outputs.imageTags?.split('\n')).toEqual(names);
    expect(result.outputs.imageFullNameTag).toBe(`${OWN}/app:v1`);
    for (const name of NAMES) {
      expect(await digestAt(name, 'v2'), name).toBe(result.outputs.imageDigest);
    }
    const tokens = bed.ecr.requests
      .slice(before)
      .filter(({ actions }) => actions.some((action) => action.endsWith(':GetAuthorizationToken')));
    expect(tokens.map(({ kind, region }) => `${kind} ${region}`).sort()).toEqual([
      `ecr ${REGION}`,
      'ecr eu-west-1',
      'ecr us-east-1',
      'ecr us-west-2',
      'ecr-public us-east-1',
    ]);
  });

  it('knows the digest of each platform, read back from where a blob is at another host', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const imageRegistryPath = `${PUBLIC}/acme`;
    const result = await job.step({ ...bed.inputs, imageRegistryPath, awsRegion: '', platforms: BOTH }, options);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(Object.keys(JSON.parse(result.outputs.platformDigests ?? ''))).toEqual(['linux/amd64', 'linux/arm64']);
    expect(result.outputs.imageFullNameTag).toBe(`${PUBLIC}/acme/app:v1.0.0`);
  });
});

describe('createRepository in ECR Public', () => {
  it('makes what is missing, in the registry of the alias', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const given = { imageRegistryPath: `${PUBLIC}/acme`, imageShortName: 'made', createRepository: 'true' };
    const result = await job.step({ ...bed.inputs, ...given }, options);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(result.log).toContain(`Created the repository ${PUBLIC}/acme/made`);
    expect(await digestAt(`${PUBLIC}/acme/made`, 'v1.0.0')).toBe(result.outputs.imageDigest);
  });

  it('leaves nothing in the own registry when the alias is that of somebody else', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const before = bed.ecr.requests.length;
    const given = { imageRegistryPath: `${PUBLIC}/stranger`, imageShortName: 'stray', createRepository: 'true' };
    const result = await job.step({ ...bed.inputs, ...given }, options);
    expect(result.output).toContain('title=repository-create-failed');
    expect(result.errors).toEqual([expect.stringContaining(`own registry is ${PUBLIC}/acme`)]);
    const actions = bed.ecr.requests.slice(before).map(({ action }) => action);
    expect(actions.filter((action) => /Repository$/.test(action))).toEqual(['CreateRepository', 'DeleteRepository']);
    expect(result.log).not.toContain('COPY one.txt');
  });
});

describe('a scan for registries of every kind', () => {
  const imageRegistryPath = [FAR, ...REGISTRIES.filter((path) => path !== FAR)].join('\n');

  it.each([
    ['puts the tags in all of them', 'critical', 0],
    ['puts a tag in none of them', 'high', 1],
  ])('asks the first one, and %s', async (_, scanFailOn, code) => {
    bed.ecr.addScan({ repository: 'app', answers: [{ status: 'COMPLETE', findings: [FINDING] }] });
    const job = await bed.job({ files: LEG_FILES });
    const before = bed.ecr.requests.length;
    const imageTag = `scanned-${scanFailOn}`;
    const given = { imageRegistryPath, imageTag, scanFailOn, platforms: BOTH };
    const result = await job.step({ ...bed.inputs, ...given }, options);
    expect(result.code, result.output).toBe(code);
    expect(result.outputs.scanFindings).toBe('{"HIGH":2}');
    const asked = bed.ecr.requests.slice(before).filter(({ action }) => action === 'DescribeImageScanFindings');
    expect(asked.map(({ region }) => region)).toEqual(['eu-west-1', 'eu-west-1']);
    const digests = NAMES.map((name) => digestAt(name, imageTag).catch(() => 'none'));
    const expected = code === 0 ? result.outputs.imageDigest : 'none';
    expect(new Set(await Promise.all(digests))).toEqual(new Set([expected]));
  });
});

describe('a merge in registries of every kind', () => {
  it('writes the same index to all of them, and no credentials follow a blob to another host', async () => {
    for (const arch of ['amd64', 'arm64']) {
      const job = await bed.job({ files: LEG_FILES });
      const leg = { imageRegistryPath: REGISTRIES.join('\n'), imageTag: `m-${arch}`, platforms: `linux/${arch}` };
      const result = await job.step({ ...bed.inputs, ...leg }, options);
      expect(result.code, result.output).toBe(0);
    }
    const job = await bed.job();
    const before = bed.ecr.requests.length;
    const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
    const given = { imageShortName, awsRegion, awsCredentials, imageRegistryPath: REGISTRIES.join('\n') };
    const merged = await job.step({ ...given, imageTag: 'm,latest', platforms: BOTH }, { ...options, action: 'merge' });
    expect(merged, merged.output).toMatchObject({ code: 0, warnings: [], errors: [] });
    for (const name of NAMES) {
      expect(await digestAt(name, 'latest'), name).toBe(merged.outputs.imageDigest);
    }
    const moved = bed.ecr.requests.slice(before).filter(({ kind }) => kind === 'storage');
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.map(({ headers }) => headers.authorization)).toEqual(moved.map(() => undefined));
  });

  it('names the registry that a part is missing in', async () => {
    const leg = await bed.job({ files: LEG_FILES });
    await leg.step({ ...bed.inputs, imageTag: 'half-amd64', platforms: 'linux/amd64', labels: 'only=here' }, options);
    const job = await bed.job();
    const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
    const given = { imageShortName, awsRegion, awsCredentials, imageRegistryPath: `${OWN}\n${FAR}` };
    const merged = await job.step(
      { ...given, imageTag: 'half', sources: 'half-amd64' },
      { ...options, action: 'merge' },
    );
    expect(merged.code).toBe(1);
    expect(merged.errors[0]).toContain(`of half-amd64 is not in ${FAR}/app`);
  });
});
