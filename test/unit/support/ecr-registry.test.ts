import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pushBaseImage } from '../../support/base-image.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { listTags, readConfig, readLayerFile, readManifest } from '../../support/oci.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const READER = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', user: 'reader', denied: ['ecr:InitiateLayerUpload'] };
const OTHER = { ...ACCOUNT, accountId: '444455556666', accessKeyId: 'AKIA0FAKE0TWO' };
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

let registry: Registry;
let ecr: Ecr;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, READER, OTHER],
    repositories: [
      { name: 'app' },
      { name: 'team/fixed', immutable: true, exclusions: ['cache*'] },
      { name: 'app', accountId: OTHER.accountId, region: 'eu-central-1' },
    ],
  });
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

async function login(credentials = ACCOUNT): Promise<string> {
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials });
  const { authorizationData } = await sdk.send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData?.[0]?.authorizationToken}`;
}

async function get(path: string, authorization?: string, method = 'GET'): Promise<Response> {
  return fetch(`${ecr.url}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
}

/** Pushes an image through the stand-in, as BuildKit would. */
async function push(repository: string, reference: string, { authorization = '', note = '' }): Promise<string> {
  return pushNote({ registryUrl: ecr.url, repository, reference, authorization, note });
}

test('challenges whoever shows no token that it minted', async () => {
  const none = await get('/v2/');
  expect(none.status).toBe(401);
  expect(none.headers.get('www-authenticate')).toBe(`Basic realm="https://${ecr.host}/",service="ecr.amazonaws.com"`);
  expect(await none.text()).toBe('Not Authorized');
  const good = await login();
  const wrongUser = Buffer.from(good.slice(6), 'base64').toString().replace(/^AWS:/, 'aws:');
  expect((await get('/v2/', `Basic ${Buffer.from(wrongUser).toString('base64')}`)).status).toBe(401);
  expect((await get('/v2/', `Basic ${Buffer.from('AWS:fake').toString('base64')}`)).status).toBe(401);
  expect((await get('/v2/', good)).status).toBe(200);
});

test('refuses a token that is too old', async () => {
  const authorization = await login();
  ecr.expireTokens();
  const answer = await get('/v2/app/tags/list', authorization);
  expect([answer.status, await answer.json()]).toEqual([
    403,
    { errors: [{ code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' }] },
  ]);
});

test('hands pushes and pulls on to the real registry', async () => {
  const authorization = await login();
  const digest = await push('app', 'v1', { authorization, note: 'hello' });
  const image = { registryUrl: ecr.url, repository: 'app', reference: 'v1', authorization };
  expect((await readManifest(image)).digest).toBe(digest);
  expect(await readConfig(image)).toMatchObject({ config: { Labels: { note: 'hello' } } });
  expect(await listTags({ registryUrl: registry.url, repository: 'app' })).toContain('v1');
  expect(ecr.requests.find(({ action }) => action === 'PutImage')).toMatchObject({ user: 'AWS', status: 201 });
  const head = await get('/v2/app/manifests/absent', authorization, 'HEAD');
  expect([head.status, await head.text()]).toEqual([404, '']);
});

test('says that a repository is missing', async () => {
  const answer = await get('/v2/nope/blobs/uploads/', await login(), 'POST');
  const message = "The repository with name 'nope' does not exist in the registry with id '111122223333'";
  expect([answer.status, await answer.json()]).toEqual([404, { errors: [{ code: 'NAME_UNKNOWN', message }] }]);
});

test('says which permission is missing', async () => {
  const authorization = await login(READER);
  expect((await get('/v2/app/tags/list', authorization)).status).toBe(200);
  const push = await get('/v2/app/blobs/uploads/', authorization, 'POST');
  expect(push.status).toBe(403);
  expect(await push.text()).toContain(
    'User: arn:aws:iam::111122223333:user/reader is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-central-1:111122223333:repository/app',
  );
});

test('keeps tags of an immutable repository where they are', async () => {
  const authorization = await login();
  await push('team/fixed', 'v1', { authorization, note: 'first' });
  await push('team/fixed', 'v1', { authorization, note: 'first' });
  await expect(push('team/fixed', 'v1', { authorization, note: 'second' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining(
      "The image tag 'v1' already exists in the 'team/fixed' repository and cannot be overwritten because the repository is immutable.",
    ),
  });
  await push('team/fixed', 'cache-amd64', { authorization, note: 'first' });
  await push('team/fixed', 'cache-amd64', { authorization, note: 'second' });
});

test.each([
  ['a cache as manifest list', 400, { manifests: [{ mediaType: 'application/vnd.buildkit.cacheconfig.v0' }] }],
  ['an empty cache', 405, { config: { mediaType: 'application/vnd.buildkit.cacheconfig.v0' }, layers: [] }],
  ['an attestation as OCI artifact', 405, { config: { data: 'e30=' }, artifactType: 'x', subject: {}, layers: [] }],
])('refuses %s', async (_, status, manifest) => {
  const answer = await fetch(`${ecr.url}/v2/app/manifests/refused`, {
    method: 'PUT',
    headers: { authorization: await login(), 'content-type': MANIFEST_TYPE },
    body: JSON.stringify(manifest),
  });
  expect(answer.status).toBe(status);
});

test('delays a push without losing any of it', async () => {
  const authorization = await login();
  const fault = ecr.fault({ when: ({ method }) => method === 'PUT', answer: { delayMs: 30 } });
  const digest = await push('app', 'late', { authorization, note: 'x'.repeat(200_000) });
  fault.remove();
  expect(fault.hits()).toBe(2);
  expect((await readManifest({ registryUrl: registry.url, repository: 'app', reference: 'late' })).digest).toBe(digest);
  const upload = ecr.requests.findLast(({ action }) => action === 'CompleteLayerUpload');
  expect(upload?.bodyBytes).toBeGreaterThan(200_000);
});

test('keeps the registries of accounts apart', async () => {
  await push('app', 'theirs', { authorization: await login(OTHER), note: 'other account' });
  expect(await listTags({ registryUrl: registry.url, repository: '444455556666.eu-central-1/app' })).toEqual([
    'theirs',
  ]);
  expect(await listTags({ registryUrl: registry.url, repository: 'app' })).not.toContain('theirs');
});

test('serves a base image whose files can be read back', async () => {
  const toolchain = inject('toolchain');
  const reference = await pushBaseImage({ toolchain, registry });
  const image = { registryUrl: registry.url, repository: 'base/busybox', reference: '1' };
  const { digest } = await readManifest(image);
  expect(reference).toBe(`${registry.host}/base/busybox:1`);
  expect(await readLayerFile({ ...image, path: '/etc/passwd' })).toBe('root:x:0:0:root:/root:/bin/sh\n');
  expect(await readLayerFile({ ...image, path: 'etc/absent' })).toBeUndefined();
  await pushBaseImage({ toolchain, registry, tag: '2' });
  expect((await readManifest({ ...image, reference: '2' })).digest).toBe(digest);
});
