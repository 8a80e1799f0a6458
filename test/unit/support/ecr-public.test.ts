import { ECRClient, GetAuthorizationTokenCommand as GetPrivateToken } from '@aws-sdk/client-ecr';
import {
  CreateRepositoryCommand,
  DescribeRegistriesCommand,
  DescribeRepositoriesCommand,
  ECRPUBLICClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr-public';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { at, parseJson, textAt } from '../../../src/json.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { listTags, readManifest } from '../../support/oci.ts';
import { pushBlob } from '../../support/oci-push.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const PULLER = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', user: 'puller', denied: ['ecr-public:*Layer*'] };
const OTHER = { ...ACCOUNT, accountId: '444455556666', accessKeyId: 'AKIA0FAKE0TWO' };
const NO_BEARER = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0STS', denied: ['sts:GetServiceBearerToken'] };

let registry: Registry;
let ecr: Ecr;
let url: string;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, PULLER, OTHER, NO_BEARER],
    publicRegistries: [{ alias: 'acme', repositories: ['app', 'team/web'] }],
  });
  url = `http://${ecr.publicHost}`;
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

function client(credentials = ACCOUNT, region = 'us-east-1'): ECRPUBLICClient {
  return new ECRPUBLICClient({ endpoint: ecr.url, region, credentials, maxAttempts: 1 });
}

async function basic(credentials = ACCOUNT): Promise<string> {
  const { authorizationData } = await client(credentials).send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData?.authorizationToken}`;
}

function ask(path: string, authorization?: string, method = 'GET'): Promise<Response> {
  return fetch(`${url}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
}

/** The header that a client has after it followed the challenge; of nobody in particular without credentials. */
async function bearer(authorization?: string): Promise<string> {
  const answer = await ask('/token/?service=public.ecr.aws&scope=aws', authorization);
  return `Bearer ${textAt(parseJson(await answer.text()), 'token')}`;
}

describe('the API', () => {
  test('gives a token without an address, for two permissions', async () => {
    const { authorizationData } = await client().send(new GetAuthorizationTokenCommand({}));
    expect(Buffer.from(authorizationData?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:.{1000,}$/);
    expect(authorizationData?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 11 * 3600 * 1000);
    expect(ecr.requests.at(-1)).toMatchObject({
      kind: 'ecr-public',
      action: 'GetAuthorizationToken',
      actions: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'],
      caller: 'arn:aws:iam::111122223333:user/ci',
      region: 'us-east-1',
    });
    await expect(client(NO_BEARER).send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('not authorized to perform: sts:GetServiceBearerToken on resource: *'),
    });
  });

  test('is in one region', async () => {
    const call = client(ACCOUNT, 'eu-central-1').send(new GetAuthorizationTokenCommand({}));
    await expect(call).rejects.toMatchObject({
      name: 'UnsupportedCommandException',
      message: expect.stringContaining('only supported in us-east-1'),
    });
  });

  test('creates and describes repositories', async () => {
    const sdk = client();
    const missing = sdk.send(new DescribeRepositoriesCommand({ repositoryNames: ['new'] }));
    await expect(missing).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    await sdk.send(new CreateRepositoryCommand({ repositoryName: 'new' }));
    const again = sdk.send(new CreateRepositoryCommand({ repositoryName: 'new' }));
    await expect(again).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
    const { repositories } = await sdk.send(new DescribeRepositoriesCommand({ repositoryNames: ['new', 'team/web'] }));
    expect(repositories).toMatchObject([
      { repositoryName: 'team/web', repositoryUri: `${ecr.publicHost}/acme/team/web` },
      { repositoryName: 'new', repositoryArn: 'arn:aws:ecr-public::111122223333:repository/new' },
    ]);
    const { registries } = await sdk.send(new DescribeRegistriesCommand({}));
    expect(registries).toMatchObject([{ registryId: '111122223333', aliases: [{ name: 'acme', status: 'ACTIVE' }] }]);
  });
});

describe('the registry', () => {
  test('sends who has no token to its token service', async () => {
    const none = await ask('/v2/');
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toBe(
      `Bearer realm="${url}/token/",service="public.ecr.aws",scope="aws"`,
    );
    expect((await ask('/v2/', await bearer())).status).toBe(200);
    expect((await ask('/v2/', await bearer(await basic()))).status).toBe(200);
    expect(ecr.requests.at(-2)).toMatchObject({
      kind: 'token',
      user: 'AWS',
      caller: expect.stringMatching(/user\/ci$/),
    });
  });

  test('takes nothing but a token of its token service', async () => {
    expect((await ask('/v2/', await basic())).status).toBe(400);
    expect((await ask('/v2/', 'Bearer fake')).status).toBe(400);
    const sdk = new ECRClient({ endpoint: ecr.url, region: 'us-east-1', credentials: ACCOUNT });
    const { authorizationData } = await sdk.send(new GetPrivateToken({}));
    const ofPrivate = `Basic ${authorizationData?.[0]?.authorizationToken}`;
    expect((await ask('/token/', ofPrivate)).status).toBe(401);
    expect((await fetch(`${ecr.url}/v2/`, { headers: { authorization: await basic() } })).status).toBe(401);
  });

  test('lets its owner push, and everybody pull', async () => {
    const authorization = await bearer(await basic());
    const location = { registryUrl: url, repository: 'acme/team/web' };
    const before = ecr.requests.length;
    const digest = await pushNote({ ...location, reference: 'v1', note: 'first', authorization });
    const actions = new Set(ecr.requests.slice(before).flatMap((one) => one.actions));
    expect([...actions]).toEqual([
      'ecr-public:InitiateLayerUpload',
      'ecr-public:UploadLayerPart',
      'ecr-public:CompleteLayerUpload',
      'ecr-public:PutImage',
    ]);
    // Tags of public repositories move.
    await pushNote({ ...location, reference: 'v1', note: 'second', authorization });
    expect(await listTags({ registryUrl: registry.url, repository: 'public.ecr.aws/acme/team/web' })).toEqual(['v1']);

    const pulled = await readManifest({ ...location, reference: digest, authorization: await bearer() });
    expect(pulled.digest).toBe(digest);
    expect(ecr.requests.at(-1)).toMatchObject({ kind: 'registry', actions: [], caller: undefined });
  });

  test('lets nobody else push', async () => {
    const location = { registryUrl: url, repository: 'acme/app' };
    const push = async (authorization: string) => pushBlob({ ...location, authorization }, Buffer.from('x'));
    await expect(push(await bearer())).rejects.toMatchObject({ status: 401 });
    await expect(push(await bearer(await basic(PULLER)))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining(
        'user/puller is not authorized to perform: ecr-public:InitiateLayerUpload on resource: arn:aws:ecr-public::111122223333:repository/app',
      ),
    });
    await expect(push(await bearer(await basic(OTHER)))).rejects.toMatchObject({ status: 403 });
  });

  test('says which repository is missing', async () => {
    const answer = await ask('/v2/acme/nope/manifests/v1', await bearer());
    const message = "The repository with name 'nope' does not exist in the registry with id 'acme'";
    expect([answer.status, await answer.json()]).toEqual([404, { errors: [{ code: 'NAME_UNKNOWN', message }] }]);
  });

  test('refuses what is too old, with other words at each door', async () => {
    const old = await basic();
    const oldBearer = await bearer(old);
    ecr.expireTokens();
    const atService = await ask('/token/', old);
    expect(atService.status).toBe(403);
    expect(at(parseJson(await atService.text()), 'errors', '0', 'message')).toMatch(/token has expired/);
    const atRegistry = await ask('/v2/', oldBearer);
    expect([atRegistry.status, atRegistry.headers.get('www-authenticate')]).toEqual([400, null]);
  });
});
