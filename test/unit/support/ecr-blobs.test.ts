import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { digestOf, readBlob } from '../../support/oci.ts';
import { pushBlob } from '../../support/oci-push.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const BYTES = Buffer.from('the bytes of a layer');

let registry: Registry;
let ecr: Ecr;
let authorization: string;
let digest: string;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'app' }], redirectBlobs: true });
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials: ACCOUNT });
  const { authorizationData } = await sdk.send(new GetAuthorizationTokenCommand({}));
  authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  digest = await pushBlob({ registryUrl: ecr.url, repository: 'app', authorization }, BYTES);
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

function askBlob(name: string): Promise<Response> {
  return fetch(`${ecr.url}/v2/app/blobs/${name}`, { headers: { authorization }, redirect: 'manual' });
}

test('sends who wants the bytes of a blob to another address, which logs what it gets', async () => {
  const answer = await askBlob(digest);
  expect(answer.status).toBe(307);
  expect(answer.headers.get('location')).toMatch(`http://${ecr.storageHost}/`);
  // fetch leaves the header behind on the way to another host, as it has to.
  await readBlob({ registryUrl: ecr.url, repository: 'app', authorization }, digest);
  const stored = ecr.requests.at(-1);
  expect(stored).toMatchObject({ kind: 'storage', host: ecr.storageHost, status: 200, actions: [] });
  expect(stored?.headers.authorization).toBeUndefined();
  expect(stored?.query.get('X-Amz-Signature')).toHaveLength(64);
  expect(ecr.requests.at(-2)).toMatchObject({ kind: 'registry', actions: ['ecr:GetDownloadUrlForLayer'], status: 307 });
});

test('refuses a second way to say who asks', async () => {
  const location = (await askBlob(digest)).headers.get('location') ?? '';
  const refused = await fetch(location, { headers: { authorization } });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('Only one auth mechanism')]);
  expect(ecr.requests.at(-1)?.headers.authorization).toBe(authorization);
});

test('serves a part of a blob', async () => {
  const location = (await askBlob(digest)).headers.get('location') ?? '';
  const part = await fetch(location, { headers: { range: 'bytes=4-8' } });
  expect([part.status, await part.text()]).toEqual([206, 'bytes']);
});

test('opens only what it signed', async () => {
  const location = (await askBlob(digest)).headers.get('location') ?? '';
  expect((await fetch(location.replace(/X-Amz-Signature=.{8}/, 'X-Amz-Signature=00000000'))).status).toBe(403);
  expect((await fetch(location.replace('/app/', '/other/'))).status).toBe(403);
});

test('redirects for nothing that is not there, and for nothing but bytes', async () => {
  expect((await askBlob(digestOf(Buffer.from('absent')))).status).toBe(404);
  const head = await fetch(`${ecr.url}/v2/app/blobs/${digest}`, { method: 'HEAD', headers: { authorization } });
  expect([head.status, head.url]).toEqual([200, `${ecr.url}/v2/app/blobs/${digest}`]);
});
