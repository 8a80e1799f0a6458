import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { listTags, readManifest } from '../../support/oci.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const READER = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', allowed: ['ecr:GetAuthorizationToken', 'ecr:BatchGet*'] };
const TOKYO = { accountId: ACCOUNT.accountId, region: 'ap-northeast-1' };
const VIRGINIA = { accountId: ACCOUNT.accountId, region: 'us-east-1' };
const THEIRS = { accountId: '444455556666', region: 'us-east-1' };

let registry: Registry;
let ecr: Ecr;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, READER],
    registries: [TOKYO, VIRGINIA, THEIRS],
    repositories: [
      { name: 'app', region: 'ap-northeast-1' },
      { name: 'app', region: 'us-east-1' },
      { name: 'shared', ...THEIRS, sharedWith: [ACCOUNT.accountId] },
      { name: 'private', ...THEIRS },
    ],
  });
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

async function login(region: string, credentials = ACCOUNT): Promise<{ endpoint: string; authorization: string }> {
  const sdk = new ECRClient({ endpoint: ecr.url, region, credentials });
  const { authorizationToken, proxyEndpoint = '' } =
    (await sdk.send(new GetAuthorizationTokenCommand({}))).authorizationData?.[0] ?? {};
  return { endpoint: proxyEndpoint, authorization: `Basic ${authorizationToken}` };
}

function versionOf(host: string, authorization: string): Promise<number> {
  return fetch(`http://${host}/v2/`, { headers: { authorization } }).then(({ status }) => status);
}

test('names the address of the own registry in the region that is asked', async () => {
  expect((await login('ap-northeast-1')).endpoint).toBe(`http://${ecr.hostOf(TOKYO)}`);
  expect((await login('us-east-1')).endpoint).toBe(`http://${ecr.hostOf(VIRGINIA)}`);
  expect((await login('eu-west-1')).endpoint).toBe(ecr.url);
  expect(new Set([TOKYO, VIRGINIA, THEIRS].map(ecr.hostOf)).size).toBe(3);
});

test('opens a registry with a token of its region only', async () => {
  const [tokyo, virginia] = await Promise.all([login('ap-northeast-1'), login('us-east-1')]);
  expect(await versionOf(ecr.hostOf(TOKYO), tokyo.authorization)).toBe(200);
  expect(await versionOf(ecr.hostOf(TOKYO), virginia.authorization)).toBe(401);
  expect(await versionOf(ecr.hostOf(VIRGINIA), tokyo.authorization)).toBe(401);
  expect(await versionOf(ecr.hostOf(THEIRS), virginia.authorization)).toBe(200);
});

test('keeps the repositories of registries apart', async () => {
  for (const registryId of [TOKYO, VIRGINIA]) {
    const { endpoint, authorization } = await login(registryId.region);
    const { region: reference } = registryId;
    await pushNote({ registryUrl: endpoint, repository: 'app', reference, note: 'one', authorization });
    const stored = { registryUrl: registry.url, repository: ecr.storageOf(registryId, 'app') };
    expect(await listTags(stored)).toEqual([reference]);
  }
  const { authorization } = await login('us-east-1');
  const theirs = { registryUrl: `http://${ecr.hostOf(THEIRS)}`, reference: 'v1', note: 'one', authorization };
  await pushNote({ ...theirs, repository: 'shared' });
  await expect(pushNote({ ...theirs, repository: 'private' })).rejects.toMatchObject({ status: 403 });
  await expect(pushNote({ ...theirs, repository: 'app' })).rejects.toMatchObject({ status: 403 });
});

test('asks the permissions of whoever got the token', async () => {
  const { endpoint: registryUrl, authorization } = await login('us-east-1', READER);
  const image = { registryUrl, repository: 'app', authorization };
  expect(await readManifest({ ...image, reference: 'us-east-1' })).toMatchObject({ digest: expect.any(String) });
  const push = pushNote({ ...image, reference: 'v2', note: 'two' });
  await expect(push).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('arn:aws:ecr:us-east-1:111122223333:repository/app'),
  });
  expect(ecr.requests.at(-1)).toMatchObject({ actions: ['ecr:InitiateLayerUpload'], host: ecr.hostOf(VIRGINIA) });
});
