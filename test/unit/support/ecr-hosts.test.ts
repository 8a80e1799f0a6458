import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pushBaseImage } from '../../support/base-image.ts';
import { makeCertificate } from '../../support/certificates.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { readManifest } from '../../support/oci.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const THEIRS = '444455556666.dkr.ecr.eu-central-1.amazonaws.com';
const CERTIFICATE = await makeCertificate([
  '*.dkr.ecr.eu-central-1.amazonaws.com',
  '*.dkr.ecr.us-east-1.amazonaws.com',
  'public.ecr.aws',
]);
const ADDRESS = { address: '127.0.0.9', port: 40443 };

let registry: Registry;
let ecr: Ecr;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT],
    repositories: [
      { name: 'app', region: 'eu-central-1' },
      { name: 'source', region: 'eu-central-1' },
      { name: 'shared', accountId: '444455556666', sharedWith: [ACCOUNT.accountId] },
      { name: 'private', accountId: '444455556666' },
    ],
    publicRegistries: [{ alias: 'acme', repositories: ['app'] }],
    blobMounting: true,
    tls: { ...CERTIFICATE, ...ADDRESS },
  });
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly host?: string;
  /** Default: the token of a private registry. */
  readonly authorization?: string | undefined;
}

/** Asks by the real host name, as if it resolved to loopback. */
async function ask(path: string, { method = 'GET', host = HOST, ...given }: Ask = {}): Promise<Answer> {
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials: ACCOUNT });
  const { authorizationData } = await sdk.send(new GetAuthorizationTokenCommand({}));
  const own = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  const authorization = 'authorization' in given ? given.authorization : own;
  const headers = { host, ...(authorization === undefined ? {} : { authorization }) };
  return new Promise((resolve, reject) => {
    const to = { host: ADDRESS.address, port: ADDRESS.port, servername: host, ca: CERTIFICATE.ca };
    const asked = request({ ...to, path, method, headers }, async (answer) => {
      resolve({ status: answer.statusCode, headers: answer.headers, body: await text(answer) });
    });
    asked.on('error', reject).end();
  });
}

test('names the registry of AWS in the token and keeps clients on that name', async () => {
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials: ACCOUNT });
  const { authorizationData } = await sdk.send(new GetAuthorizationTokenCommand({}));
  expect(authorizationData?.[0]?.proxyEndpoint).toBe(`https://${HOST}`);
  const upload = await ask('/v2/app/blobs/uploads/', { method: 'POST' });
  expect(upload.headers.location).toMatch(`https://${HOST}/v2/app/blobs/uploads/`);
});

test('takes a token in the region it was minted for only', async () => {
  const answer = await ask('/v2/', { host: HOST.replace('eu-central-1', 'us-east-1') });
  expect([answer.status, answer.body]).toEqual([401, 'Not Authorized']);
});

test('is the public registry under its name', async () => {
  const answer = await ask('/v2/acme/app/tags/list', { host: 'public.ecr.aws', authorization: undefined });
  expect(answer.headers['www-authenticate']).toBe(
    'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
  );
  const { token } = JSON.parse((await ask('/token/', { host: 'public.ecr.aws', authorization: undefined })).body);
  const authorization = `Bearer ${token}`;
  const listed = await ask('/v2/acme/nope/tags/list', { host: 'public.ecr.aws', authorization });
  expect([listed.status, listed.body]).toEqual([404, expect.stringContaining("registry with id 'acme'")]);
});

test('lets another account in by the policy of a repository only', async () => {
  expect(await ask('/v2/shared/blobs/uploads/', { method: 'POST', host: THEIRS })).toMatchObject({ status: 202 });
  const refused = await ask('/v2/private/blobs/uploads/', { method: 'POST', host: THEIRS });
  expect(refused.status).toBe(403);
  expect(refused.body).toContain('because no resource-based policy allows the ecr:InitiateLayerUpload action');
});

test('mounts blobs of other repositories', async () => {
  const repository = '111122223333.eu-central-1/source';
  await pushBaseImage({ toolchain: inject('toolchain'), registry, repository, tag: '1' });
  const { json } = await readManifest({ registryUrl: registry.url, repository, reference: '1' });
  expect(json).toMatchObject({ layers: [{ digest: expect.any(String) }] });
  const digest = /"layers":\[\{[^}]*"digest":"([^"]+)"/.exec(JSON.stringify(json))?.[1];
  const mounted = await ask(`/v2/app/blobs/uploads/?mount=${digest}&from=source`, { method: 'POST' });
  expect(mounted).toMatchObject({ status: 201 });
  expect(mounted.headers.location).toBe(`https://${HOST}/v2/app/blobs/${digest}`);
});
