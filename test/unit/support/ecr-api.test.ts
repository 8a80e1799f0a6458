import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pushBaseImage } from '../../support/base-image.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { readManifest } from '../../support/oci.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const SESSION = { ...ACCOUNT, accessKeyId: 'ASIA0FAKE0TWO', sessionToken: 'fake-session' };
const EXPIRED = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0OLD', expired: true };
const DENIED = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', user: 'reader', denied: ['ecr:GetAuthorizationToken'] };

let registry: Registry;
let ecr: Ecr;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, SESSION, EXPIRED, DENIED],
    repositories: [{ name: 'app' }, { name: 'team/fixed', immutable: true, exclusions: ['cache*'] }],
  });
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function client(credentials: Key, region = 'eu-central-1'): ECRClient {
  return new ECRClient({ endpoint: ecr.url, region, credentials, maxAttempts: 1 });
}

test('accepts the signature of the SDK and mints a token for its registry', async () => {
  const answer = await client(ACCOUNT).send(new GetAuthorizationTokenCommand({}));
  const data = answer.authorizationData?.[0];
  expect(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:.{1000,}$/);
  expect(data?.proxyEndpoint).toBe(ecr.url);
  expect(data?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 11 * 3600 * 1000);
  expect(ecr.requests.at(-1)).toMatchObject({
    kind: 'ecr',
    action: 'GetAuthorizationToken',
    user: ACCOUNT.accessKeyId,
    region: 'eu-central-1',
    status: 200,
  });
});

test.each([
  [
    'an unknown key',
    { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NOBODY' },
    'UnrecognizedClientException',
    'token included in',
  ],
  ['a wrong secret', { ...ACCOUNT, secretAccessKey: 'fake-wrong' }, 'InvalidSignatureException', 'does not match'],
  ['an expired key', EXPIRED, 'ExpiredTokenException', 'is expired'],
  ['a missing session token', { ...SESSION, sessionToken: '' }, 'UnrecognizedClientException', 'token included in'],
  [
    'a missing permission',
    DENIED,
    'AccessDeniedException',
    'User: arn:aws:iam::111122223333:user/reader is not authorized to perform: ecr:GetAuthorizationToken on resource: *',
  ],
])('refuses %s', async (_, key, name, message) => {
  const call = client(key).send(new GetAuthorizationTokenCommand({}));
  await expect(call).rejects.toMatchObject({
    name,
    message: expect.stringContaining(message),
    $metadata: { httpStatusCode: 400 },
  });
});

test('accepts a key with its session token', async () => {
  const answer = await client(SESSION).send(new GetAuthorizationTokenCommand({}));
  expect(answer.authorizationData).toHaveLength(1);
});

test('refuses a body that was changed after it was signed', async () => {
  const sdk = client(ACCOUNT);
  sdk.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.request ?? {}, { body: '[]' });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await expect(sdk.send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
});

test('describes and creates repositories', async () => {
  const sdk = client(ACCOUNT);
  const missing = sdk.send(new DescribeRepositoriesCommand({ repositoryNames: ['new'] }));
  await expect(missing).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: "The repository with name 'new' does not exist in the registry with id '111122223333'",
  });
  await sdk.send(new CreateRepositoryCommand({ repositoryName: 'new', imageTagMutability: 'IMMUTABLE' }));
  const { repositories } = await sdk.send(new DescribeRepositoriesCommand({ repositoryNames: ['new', 'team/fixed'] }));
  expect(repositories).toMatchObject([
    {
      repositoryName: 'new',
      imageTagMutability: 'IMMUTABLE',
      repositoryArn: 'arn:aws:ecr:eu-central-1:111122223333:repository/new',
      repositoryUri: `${ecr.host}/new`,
    },
    {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'cache*' }],
    },
  ]);
});

test('reads, tags and describes the images of the registry behind it', async () => {
  const sdk = client(ACCOUNT);
  await pushBaseImage({ toolchain: inject('toolchain'), registry, repository: 'app', tag: 'one' });
  const { digest, bytes } = await readManifest({ registryUrl: registry.url, repository: 'app', reference: 'one' });
  const got = await sdk.send(
    new BatchGetImageCommand({ repositoryName: 'app', imageIds: [{ imageTag: 'one' }, { imageTag: 'absent' }] }),
  );
  expect(got.images).toMatchObject([{ imageId: { imageDigest: digest }, imageManifest: bytes.toString() }]);
  expect(got.failures).toMatchObject([{ failureCode: 'ImageNotFound', imageId: { imageTag: 'absent' } }]);

  const put = { repositoryName: 'app', imageManifest: bytes.toString(), imageTag: 'two' };
  await sdk.send(new PutImageCommand(put));
  await expect(sdk.send(new PutImageCommand(put))).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  const { imageDetails } = await sdk.send(new DescribeImagesCommand({ repositoryName: 'app' }));
  expect(imageDetails).toMatchObject([{ imageDigest: digest, imageTags: ['one', 'two'] }]);
});

test('injects faults and logs what it answered', async () => {
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials: ACCOUNT, maxAttempts: 2 });
  const fault = ecr.fault({
    when: ({ action }) => action === 'GetAuthorizationToken',
    answer: { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
    times: 1,
  });
  const before = ecr.requests.length;
  await sdk.send(new GetAuthorizationTokenCommand({}));
  expect(fault.hits()).toBe(1);
  expect(ecr.requests.slice(before).map(({ status }) => status)).toEqual([400, 200]);

  const reset = ecr.fault({ when: () => true, answer: 'reset' });
  const call = client(ACCOUNT).send(new GetAuthorizationTokenCommand({}));
  await expect(call).rejects.toMatchObject({ code: 'ECONNRESET' });
  reset.remove();
});
