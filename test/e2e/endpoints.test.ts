import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import type { StepOptions, StepResult } from '../support/job.ts';
import { LEG_FILES } from '../support/legs.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';

const A = ACCOUNT.accountId;

/** A registry, and where AWS has its API when nobody says otherwise. Source: AWS general reference, Amazon ECR endpoints. */
const PLACES = [
  ['ap-northeast-1', `${A}.dkr.ecr.ap-northeast-1.amazonaws.com`, 'api.ecr.ap-northeast-1.amazonaws.com'],
  ['us-east-1', `${A}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'api.ecr-fips.us-east-1.amazonaws.com'],
  ['us-gov-west-1', `${A}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`, 'api.ecr-fips.us-gov-west-1.amazonaws.com'],
  ['us-west-2', `${A}.dkr-ecr.us-west-2.on.aws`, 'ecr.us-west-2.api.aws'],
  ['us-east-2', `${A}.dkr-ecr-fips.us-east-2.on.aws`, 'ecr-fips.us-east-2.api.aws'],
  ['cn-north-1', `${A}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'api.ecr.cn-north-1.amazonaws.com.cn'],
  ['eusc-de-east-1', `${A}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'api.ecr.eusc-de-east-1.amazonaws.eu'],
] as const;
const PUBLIC = ['us-east-1', 'public.ecr.aws', 'api.ecr-public.us-east-1.amazonaws.com'] as const;
const STS = [
  ...PLACES.map(([region]) => `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`),
  'sts.eusc-de-east-1.amazonaws.eu',
];
const HOSTS = [...new Set([...PLACES, PUBLIC].flatMap(([, registry, api]) => [registry, api])), ...new Set(STS)];
/** An address of loopback that no other test uses, so that the port of https is free. */
const ADDRESS = '127.0.0.57';

let bed: Bed;
let namespace: Namespace;
let options: StepOptions;
let authority: string;

beforeAll(async () => {
  const { ca, cert, key } = await makeCertificate(HOSTS);
  bed = await startBed(inject('toolchain'), {
    repositories: PLACES.map(([region]) => ({ name: 'app', region })),
    publicRegistries: [{ alias: 'acme', repositories: ['app'] }],
    tls: { key, cert, address: ADDRESS, port: 443 },
  });
  const lines = HOSTS.map((host) => `${ADDRESS} ${host}\n`);
  namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${lines.join('')}` } });
  authority = join('/tmp', `bka-endpoints-${process.pid}.pem`);
  await writeFile(authority, ca);
  options = { through: namespace.enter, env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority } };
});
afterAll(async () => {
  await bed.close(options);
  await namespace.close();
  await rm(authority);
});

/** A step that nobody tells where AWS is, and the hosts of the APIs that it has asked. */
async function step(given: Readonly<Record<string, string>>): Promise<{ result: StepResult; apis: string[] }> {
  const job = await bed.job({ files: LEG_FILES, env: { AWS_ENDPOINT_URL: '' } });
  const before = bed.ecr.requests.length;
  const result = await job.step({ ...bed.inputs, awsRegion: '', ...given }, options);
  const asked = bed.ecr.requests.slice(before).filter(({ kind }) => kind === 'ecr' || kind === 'ecr-public');
  return { result, apis: [...new Set(asked.map(({ host }) => host))] };
}

describe('without an endpoint of the user', () => {
  it.each(PLACES)('a push in %s to %s asks %s, and no other', async (_, registry, api) => {
    const { result, apis } = await step({ imageRegistryPath: registry });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(apis).toEqual([api]);
    expect(result.outputs.imageFullNameDigest).toBe(`${registry}/app@${result.outputs.imageDigest}`);
  });

  it('ECR Public is asked where it is, whatever the region', async () => {
    const { result, apis } = await step({ imageRegistryPath: 'public.ecr.aws/acme', awsRegion: 'ap-northeast-1' });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(apis).toEqual([PUBLIC[2]]);
  });

  it('the registry of the caller is derived from the region alone', async () => {
    const { result, apis } = await step({ awsRegion: 'ap-northeast-1' });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(apis).toEqual(['api.ecr.ap-northeast-1.amazonaws.com']);
    expect(result.outputs.imageFullNameTag).toBe(`${PLACES[0][1]}/app:v1.0.0`);
  });
});
