import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, CREDENTIALS, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startContainerCredentials } from '../support/container-credentials.ts';
import { type HttpProxy, startProxy } from '../support/proxy.ts';

const REGISTRY = `${ACCOUNT.accountId}.dkr.ecr.${REGION}.amazonaws.com`;
const ECR = `api.ecr.${REGION}.amazonaws.com`;
const STS = `sts.${REGION}.amazonaws.com`;
const PUBLIC_API = 'api.ecr-public.us-east-1.amazonaws.com';
const HOSTS = [REGISTRY, ECR, STS, PUBLIC_API];
const ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/pusher`;
const LOGIN = { user: 'fake user', password: 'fake:proxy/password@1' };
const AUTHORITY = join('/tmp', `bka-proxy-ca-${process.pid}.pem`);

let bed: Bed;
let proxy: HttpProxy;
let routes: Record<string, string>;

beforeAll(async () => {
  const { ca, cert, key } = await makeCertificate(HOSTS);
  await writeFile(AUTHORITY, ca);
  bed = await startBed(inject('toolchain'), {
    tls: { key, cert, address: '127.0.0.1', port: 0 },
    roles: [{ arn: ROLE, trustedAccounts: [ACCOUNT.accountId] }],
  });
  routes = Object.fromEntries(HOSTS.map((host) => [host, bed.ecr.tlsHost ?? '']));
});
afterAll(async () => {
  await bed.close();
  await rm(AUTHORITY);
});
beforeEach(async () => {
  proxy = await startProxy({ routes, credentials: LOGIN });
});
afterEach(() => proxy.close());

/** A runner whose only way to AWS is the proxy: the APIs have their real names, which lead nowhere here. */
function runner(more: Readonly<Record<string, string>> = {}) {
  const trust = { NODE_EXTRA_CA_CERTS: AUTHORITY, SSL_CERT_FILE: AUTHORITY };
  return bed.job({ env: { ...trust, AWS_ENDPOINT_URL: '', HTTPS_PROXY: proxy.url, ...more } });
}

const hosts = () => [...new Set(proxy.requests.map(({ target }) => target.replace(/:443$/, '')))].toSorted();

describe('a proxy', () => {
  it('is what all clients of AWS and the registry are asked through', async () => {
    const job = await runner();
    const result = await job.step({ ...bed.inputs, awsRoleArn: ROLE });
    expect(result.code, result.output).toBe(0);
    expect(hosts()).toEqual([REGISTRY, ECR, STS].toSorted());
    expect(result.outputs.imageFullNameTag).toBe(`${REGISTRY}/app:v1.0.0`);
  });

  it('is asked for the roles of profiles, too', async () => {
    const job = await runner({ HTTPS_PROXY: '', https_proxy: proxy.url });
    const awsCredentials = `${CREDENTIALS}[deploy]\nrole_arn = ${ROLE}\nsource_profile = default\n`;
    const result = await job.step({
      ...bed.inputs,
      awsCredentials,
      awsProfile: 'deploy',
      push: 'false',
      cache: 'none',
    });
    expect(result.code, result.output).toBe(0);
    expect(hosts()).toEqual([ECR, STS].toSorted());
  });

  it('is asked for ECR Public', async () => {
    const job = await runner();
    const registry = { imageRegistryPath: 'public.ecr.aws/acme', push: 'false', cache: 'none' };
    const result = await job.step({ ...bed.inputs, ...registry });
    expect(result.log, result.output).toContain('Logged in to public.ecr.aws');
    expect(hosts()).toEqual([PUBLIC_API, STS].toSorted());
  });

  it('is not asked for hosts in NO_PROXY', async () => {
    const direct = 'ecr.direct.invalid';
    const job = await runner({ AWS_ENDPOINT_URL_ECR: `https://${direct}`, NO_PROXY: 'example.com, .direct.invalid' });
    const result = await job.step({ ...bed.inputs, awsRoleArn: ROLE, push: 'false', cache: 'none' });
    expect(result.output).toContain('::error title=ecr-unreachable::');
    expect(result.errors[0]).toContain(`ENOTFOUND ${direct}`);
    expect(hosts()).toEqual([STS]);
  });

  it('is never asked for credentials of the machine', async () => {
    const container = await startContainerCredentials(bed.ecr.sessionOf(ROLE, 'task'));
    const job = await runner({
      HTTP_PROXY: proxy.url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: container.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: container.token,
    });
    const result = await job.step({ ...bed.inputs, awsCredentials: '', push: 'true', cache: 'none' });
    expect(result.code, result.output).toBe(0);
    expect(container.requests.map(({ status }) => status)).toEqual([200]);
    expect(hosts()).toEqual([REGISTRY, ECR, STS].toSorted());
    await container.close();
  });

  it('has its password masked, as it is written and as it is meant, and shown nowhere', async () => {
    const job = await runner({ HTTPS_PROXY: proxy.url.replace(/^http:\/\/.*@/, 'http://u:fake%2Fwrong@') });
    const result = await job.step(bed.inputs);
    expect(result.masks).toEqual(expect.arrayContaining(['fake%2Fwrong', 'fake/wrong']));
    expect(result.log).not.toContain('fake%2Fwrong');
    expect(result.log).not.toContain(new URL(proxy.url).host);
  });
});

describe('a proxy that is in the way', () => {
  it('wants a login', async () => {
    const job = await runner({ HTTPS_PROXY: proxy.url.replace(/\/\/.*@/, '//') });
    const result = await job.step(bed.inputs);
    expect(result.output).toContain('::error title=ecr-unreadable::');
    expect(result.errors[0]).toContain('HTTP status 407');
    expect(result.errors[0]).toContain('put user and password into HTTPS_PROXY');
  });

  it('is not there', async () => {
    const job = await runner({ HTTPS_PROXY: 'http://127.0.0.1:9' });
    const result = await job.step(bed.inputs);
    expect(result.output).toContain('::error title=ecr-unreachable::');
    expect(result.errors[0]).toContain('through the proxy');
  });

  it('answers with a page of its own', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please log in</html>' };
    const fault = bed.ecr.fault({ when: ({ action }) => action === 'GetAuthorizationToken', answer: page });
    const job = await runner();
    const result = await job.step(bed.inputs);
    fault.remove();
    expect(result.output).toContain('::error title=ecr-unreadable::');
    expect(result.errors[0]).toContain('is no answer of AWS');
  });
});
