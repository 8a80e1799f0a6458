import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, CREDENTIALS, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import type { StepOptions } from '../support/job.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';

const HOST = `${ACCOUNT.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const FIPS_HOST = `${ACCOUNT.accountId}.dkr.ecr-fips.us-east-1.amazonaws.com`;
const OWN_NAME = 'images.example.com';
/** An address of loopback that no other test uses, so that the port of https is free. */
const ADDRESS = '127.0.0.53';

let bed: Bed;
let namespace: Namespace;
let options: StepOptions;
let authority: string;

beforeAll(async () => {
  const hosts = [HOST, FIPS_HOST, OWN_NAME];
  const { ca, cert, key } = await makeCertificate(hosts);
  bed = await startBed(inject('toolchain'), { tls: { key, cert, address: ADDRESS, port: 443 } });
  const lines = hosts.map((host) => `${ADDRESS} ${host}\n`);
  namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${lines.join('')}` } });
  authority = join('/tmp', `bka-ca-${process.pid}.pem`);
  await writeFile(authority, ca);
  options = { through: namespace.enter, env: { SSL_CERT_FILE: authority } };
});
afterAll(async () => {
  await bed.close(options);
  await namespace.close();
});

describe('a registry at its real address, over TLS', () => {
  it('is derived from the account when none is given', async () => {
    const job = await bed.job();
    const result = await job.step(bed.inputs, options);
    expect(result.code, result.output).toBe(0);
    expect(result.outputs.imageFullNameTag).toBe(`${HOST}/app:v1.0.0`);
  });

  it('gives its region, which wins over awsRegion with a warning', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, imageRegistryPath: HOST, awsRegion: 'us-east-1' }, options);
    expect(result.code, result.output).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining(`the registry is in ${REGION}`)]);
    expect(bed.ecr.requests.findLast(({ kind }) => kind === 'ecr')?.region).toBe(REGION);
  });

  it('is logged in to under the host of the reference, where ECR names another one', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, imageRegistryPath: FIPS_HOST, awsRegion: '' }, options);
    expect(result.code, result.output).toBe(0);
    expect(result.outputs.imageFullNameDigest).toBe(`${FIPS_HOST}/app@${result.outputs.imageDigest}`);
  });

  it('may have a name of its own, given as containerRegistry', async () => {
    const job = await bed.job();
    const own = { imageRegistryPath: OWN_NAME, containerRegistry: OWN_NAME };
    const result = await job.step({ ...bed.inputs, ...own }, options);
    expect(result.code, result.output).toBe(0);
    expect(result.outputs.imageFullNameTag).toBe(`${OWN_NAME}/app:v1.0.0`);
  });

  it('changes nothing when containerRegistry is the ECR host, as in the adapter', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, imageRegistryPath: HOST, containerRegistry: HOST }, options);
    expect(result.code, result.output).toBe(0);
    expect(result.outputs.imageFullNameTag).toBe(`${HOST}/app:v1.0.0`);
  });
});

it('a merge speaks to a registry under a name of its own, too', async () => {
  const inNode = { ...options, env: { ...options.env, NODE_EXTRA_CA_CERTS: authority } };
  const own = { imageRegistryPath: OWN_NAME, containerRegistry: OWN_NAME };
  const leg = await (await bed.job()).step({ ...bed.inputs, ...own, imageTag: 'leg' }, inNode);
  expect(leg.code, leg.output).toBe(0);
  const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
  const given = { imageShortName, awsRegion, awsCredentials, ...own, imageTag: 'merged', sources: 'leg' };
  const merged = await (await bed.job()).step(given, { ...inNode, action: 'merge' });
  expect(merged.code, merged.output).toBe(0);
  expect(merged.outputs.imageFullNameTag).toBe(`${OWN_NAME}/app:merged`);
});

describe('a registry that is not ECR', () => {
  it('gets no token: the step ends before the build', async () => {
    const job = await bed.job();
    const before = bed.ecr.requests.length;
    const result = await job.step({ ...bed.inputs, imageRegistryPath: OWN_NAME }, options);
    expect(result.output).toContain('title=registry-not-ecr');
    expect(result.errors[0]).toContain(`Yours is ${HOST}`);
    expect(bed.ecr.requests.slice(before).filter(({ kind }) => kind === 'registry')).toEqual([]);
  });

  it('gets none as part of a full reference either', async () => {
    const job = await bed.job();
    const imageTag = `v1,${OWN_NAME}/app:v1`;
    const result = await job.step({ ...bed.inputs, imageTag, awsCredentials: CREDENTIALS }, options);
    expect(result.output).toContain('title=registry-not-ecr');
  });
});
