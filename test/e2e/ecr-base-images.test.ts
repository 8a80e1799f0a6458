import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, credentialsFile, REGION } from '../support/account.ts';
import { pushBaseImage } from '../support/base-image.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startGitServer } from '../support/git-server.ts';
import type { StepOptions } from '../support/job.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';

const OTHER = { accountId: '210987654321', accessKeyId: 'AKIAEXAMPLE00001FAKE', secretAccessKey: 'fake-other-key' };
/** May push, but may not get a token of ECR Public. */
const PRIVATE_ONLY = {
  accountId: ACCOUNT.accountId,
  accessKeyId: 'AKIAEXAMPLE00002FAKE',
  secretAccessKey: 'fake-private-key',
  denied: ['ecr-public:*', 'sts:GetServiceBearerToken'],
};
const FAR_REGION = 'eu-west-1';
const OWN = `${ACCOUNT.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const FOREIGN = `${OTHER.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const FAR = `${OTHER.accountId}.dkr.ecr.${FAR_REGION}.amazonaws.com`;
const PUBLIC = 'public.ecr.aws';
const HOSTS = [OWN, FOREIGN, FAR, PUBLIC];
/** An address of loopback that no other test uses, so that the port of https is free. */
const ADDRESS = '127.0.0.61';

let bed: Bed;
let namespace: Namespace;
let options: StepOptions;
let authority: string;

beforeAll(async () => {
  const toolchain = inject('toolchain');
  const { ca, cert, key } = await makeCertificate(HOSTS);
  const shared = { accountId: OTHER.accountId, sharedWith: [ACCOUNT.accountId] };
  bed = await startBed(toolchain, {
    accounts: [ACCOUNT, PRIVATE_ONLY, OTHER],
    repositories: [
      { name: 'app', region: REGION },
      { ...shared, name: 'team/base', region: REGION },
      { ...shared, name: 'base', region: FAR_REGION },
      { ...shared, name: 'hub/library/busybox', region: FAR_REGION },
    ],
    publicRegistries: [{ alias: 'acme', repositories: ['base'] }],
    redirectBlobs: true,
    tls: { key, cert, address: ADDRESS, port: 443 },
  });
  const { registry, ecr } = bed;
  const far = { accountId: OTHER.accountId, region: FAR_REGION };
  const places = [
    ecr.storageOf({ accountId: OTHER.accountId, region: REGION }, 'team/base'),
    ecr.storageOf(far, 'base'),
    ecr.storageOf(far, 'hub/library/busybox'),
    `${PUBLIC}/acme/base`,
  ];
  for (const repository of places) {
    await pushBaseImage({ toolchain, registry, repository });
  }
  const lines = HOSTS.map((host) => `${ADDRESS} ${host}\n`);
  namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${lines.join('')}` } });
  authority = join('/tmp', `bka-base-images-${process.pid}.pem`);
  await writeFile(authority, ca);
  options = { through: namespace.enter, env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority } };
});
afterEach(() => bed.endJobs(options));
afterAll(async () => {
  await bed.close(options);
  await namespace.close();
  await rm(authority);
});

/** Builds a Dockerfile, and says which tokens were asked for. */
async function build(dockerfile: string, inputs: Readonly<Record<string, string>> = {}) {
  const job = await bed.job({ files: { Dockerfile: dockerfile } });
  const before = bed.ecr.requests.length;
  const result = await job.step({ ...bed.inputs, ...inputs }, options);
  const requests = bed.ecr.requests.slice(before);
  const tokens = requests.filter(({ action }) => action === 'GetAuthorizationToken');
  return { result, requests, tokens: tokens.map(({ kind, region }) => `${kind} ${region}`).sort() };
}

const ANYWHERE = `# comment with ${FAR}/base in it
FROM ${FAR}/base:1 AS first
RUN <<TEXT
cat <<LINES
FROM 333333333333.dkr.ecr.us-west-2.amazonaws.com/not-an-instruction
LINES
TEXT
FROM ${PUBLIC}/acme/base:1
COPY --from=first /etc/passwd /first
RUN --mount=type=bind,from=${FOREIGN}/team/base:1,target=/base \\
  # comment in the middle
  cp /base/etc/passwd /second
`;

describe('hosts of ECR that stand in a Dockerfile', () => {
  it('are logged in to, in other accounts and regions and in public, with one token per region', async () => {
    const { result, requests, tokens } = await build(ANYWHERE);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(tokens).toEqual([`ecr ${REGION}`, `ecr ${FAR_REGION}`, 'ecr-public us-east-1']);
    const stored = requests.filter(({ kind }) => kind === 'storage');
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.map(({ headers }) => headers.authorization)).toEqual(stored.map(() => undefined));
  });

  it('are not asked for with push: false and no credentials, and the public one is read all the same', async () => {
    const { result, tokens } = await build(`FROM ${PUBLIC}/acme/base:1\n`, { push: 'false', awsCredentials: '' });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(tokens).toEqual([]);
  });

  it('are seen only when they are written out, and can be named in registryAuths', async () => {
    const dockerfile = `ARG BASE=${FAR}/base\nFROM \${BASE}:1\n`;
    const without = await build(dockerfile);
    expect(without.result.output).toContain('title=base-image-unavailable');
    expect(without.tokens).toEqual([`ecr ${REGION}`]);
    const named = await build(dockerfile, { registryAuths: FAR });
    expect(named.result, named.result.output).toMatchObject({ code: 0, warnings: [] });
    expect(named.tokens).toEqual([`ecr ${REGION}`, `ecr ${FAR_REGION}`]);
  });

  it('get the login of registryAuths when it has one, and no token of the identity', async () => {
    const { result, tokens } = await build(`FROM ${FAR}/base:1\n`, { registryAuths: `${FAR} AWS fake-other-token` });
    expect(result.output).toContain('title=base-image-unavailable');
    expect(tokens).toEqual([`ecr ${REGION}`]);
    expect(result.log).not.toContain('fake-other-token');
  });
});

describe('other places that a build reads from', () => {
  it('are a mirror in another region', async () => {
    const { result, tokens } = await build('FROM busybox:1\n', { registryMirrors: `docker.io=${FAR}/hub` });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(tokens).toEqual([`ecr ${REGION}`, `ecr ${FAR_REGION}`]);
  });

  it('are a named context', async () => {
    const { result, tokens } = await build('FROM base\n', { buildContexts: `base=docker-image://${FAR}/base:1` });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(tokens).toEqual([`ecr ${REGION}`, `ecr ${FAR_REGION}`]);
  });

  it('are a cache that is only imported', async () => {
    const cacheFrom = `type=registry,ref=${FAR}/base:cache`;
    const { result, tokens } = await build(`FROM ${FOREIGN}/team/base:1\n`, { cacheFrom });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(tokens).toEqual([`ecr ${REGION}`, `ecr ${FAR_REGION}`]);
  });
});

describe('a token that cannot be had', () => {
  it('leaves ECR Public to everybody, with a line in the log', async () => {
    const awsCredentials = credentialsFile({ default: PRIVATE_ONLY });
    const { result, requests } = await build(`FROM ${PUBLIC}/acme/base:1\nRUN true\n`, { awsCredentials });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(result.log).toContain(`${PUBLIC} is read without a login`);
    const asked = requests.filter(({ kind, headers }) => kind === 'token' && headers.authorization !== undefined);
    expect(asked).toEqual([]);
  });

  it('of a region that is only read from is a warning, and the build goes on', async () => {
    const fault = bed.ecr.fault({
      when: ({ action, region }) => action === 'GetAuthorizationToken' && region === FAR_REGION,
      answer: { status: 400, body: { __type: 'AccessDeniedException', message: 'not authorized here' } },
    });
    const { result } = await build(`FROM ${FAR}/base:1 AS unused\nFROM ${FOREIGN}/team/base:1\n`);
    fault.remove();
    expect(result.code, result.output).toBe(0);
    const [warning = '', ...others] = result.warnings;
    expect(others).toEqual([]);
    expect(warning).toContain(`There is no login to ${FAR}, which the build reads from`);
    expect(warning).toContain('not authorized here');
  });
});

it('are logged in to when only a clone tells of them, and its own registry is not asked for twice', async () => {
  const server = await startGitServer();
  try {
    const { url } = await server.addRepository('app', {
      Dockerfile: `FROM ${FAR}/base:1\nFROM ${OWN}/app:none AS unused\nFROM ${FAR}/base:1\n`,
    });
    const job = await bed.job({ files: {} });
    const before = bed.ecr.requests.length;
    const result = await job.step({ ...bed.inputs, gitCloneUrl: url }, options);
    expect([result.code, result.warnings]).toEqual([0, []]);
    const tokens = bed.ecr.requests.slice(before).filter(({ action }) => action === 'GetAuthorizationToken');
    expect(tokens.map(({ region }) => region).sort()).toEqual([REGION, FAR_REGION].sort());
    expect(result.log).toContain(`Logged in to ${FAR} to pull from`);
  } finally {
    await server.close();
  }
});
