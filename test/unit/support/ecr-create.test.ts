import {
  CreateRepositoryCommand,
  type CreateRepositoryCommandInput,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const UNTAGGING = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0TAG', denied: ['ecr:TagResource'] };
const BLIND = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', denied: ['ecr:DescribeRepositoryCreationTemplates'] };
const REGION = 'eu-central-1';
const ID = { accountId: ACCOUNT.accountId, region: REGION };
const EXCLUSION = [{ filterType: 'WILDCARD', filter: 'dev-*' }] as const;

let registry: Registry;
let ecr: Ecr;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, UNTAGGING, BLIND],
    templates: [
      { prefix: 'ROOT', appliedFor: ['PULL_THROUGH_CACHE'] },
      { prefix: 'team', appliedFor: ['CREATE_ON_PUSH'], tags: { from: 'team' } },
      { prefix: 'team/fixed', appliedFor: ['CREATE_ON_PUSH'], immutable: true, lifecyclePolicyText: '{"rules":[]}' },
    ],
  });
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

function client(credentials = ACCOUNT): ECRClient {
  return new ECRClient({ endpoint: ecr.url, region: REGION, credentials, maxAttempts: 1 });
}

function create(repositoryName: string, settings: Partial<CreateRepositoryCommandInput> = {}, credentials = ACCOUNT) {
  return client(credentials).send(new CreateRepositoryCommand({ repositoryName, ...settings }));
}

async function push(repository: string, reference: string, note = 'one'): Promise<string> {
  const { authorizationData } = await client().send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  return pushNote({ registryUrl: ecr.url, repository, reference, note, authorization });
}

describe('CreateRepository', () => {
  test('keeps every setting', async () => {
    const settings = {
      imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [...EXCLUSION],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'arn:aws:kms:eu-central-1:111122223333:key/fake' },
    } as const;
    await create('all', {
      ...settings,
      imageTagMutabilityExclusionFilters: [...EXCLUSION],
      tags: [{ Key: 'a', Value: 'b' }],
    });
    const { repositories } = await client().send(new DescribeRepositoriesCommand({ repositoryNames: ['all'] }));
    expect(repositories).toMatchObject([settings]);
    expect(ecr.findRepository(ID, 'all')).toMatchObject({ scanOnPush: true, tags: { a: 'b' } });
    const created = ecr.requests.find(({ action }) => action === 'CreateRepository');
    expect(created?.actions).toEqual(['ecr:CreateRepository', 'ecr:TagResource']);
  });

  test('lets one of two at the same moment win', async () => {
    const results = await Promise.allSettled([create('same'), create('same')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        name: 'RepositoryAlreadyExistsException',
        message: "The repository with name 'same' already exists in the registry with id '111122223333'",
      },
    });
  });

  test.each([
    ['a name that is none', 'Upper', {}, ACCOUNT, 'InvalidParameterException'],
    [
      'exclusions without exclusion',
      'x1',
      { imageTagMutabilityExclusionFilters: [...EXCLUSION] },
      ACCOUNT,
      'InvalidParameterException',
    ],
    [
      'exclusion without exclusions',
      'x2',
      { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' as const },
      ACCOUNT,
      'InvalidParameterException',
    ],
    ['another registry', 'x5', { registryId: '444455556666' }, ACCOUNT, 'AccessDeniedException'],
    ['a tag of AWS', 'x3', { tags: [{ Key: 'aws:x', Value: '' }] }, ACCOUNT, 'InvalidTagParameterException'],
    ['tags without permission', 'x4', { tags: [{ Key: 'x', Value: '' }] }, UNTAGGING, 'AccessDeniedException'],
  ])('refuses %s', async (_, name, settings, credentials, expected) => {
    await expect(create(name, settings, credentials)).rejects.toMatchObject({ name: expected });
    expect(ecr.findRepository(ID, name)).toBeUndefined();
  });

  test('makes excluded tags of a mutable repository stay', async () => {
    await create('mostly-mutable', {
      imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'v*' }],
    });
    await push('mostly-mutable', 'latest', 'one');
    await push('mostly-mutable', 'latest', 'two');
    await push('mostly-mutable', 'v1', 'one');
    await expect(push('mostly-mutable', 'v1', 'two')).rejects.toMatchObject({ status: 400 });
  });
});

test('keeps policies and tags that are set afterwards', async () => {
  const sdk = client();
  const { repository } = await create('later');
  const name = { repositoryName: 'later' };
  await expect(sdk.send(new GetLifecyclePolicyCommand(name))).rejects.toMatchObject({
    name: 'LifecyclePolicyNotFoundException',
  });
  await expect(sdk.send(new GetRepositoryPolicyCommand(name))).rejects.toMatchObject({
    name: 'RepositoryPolicyNotFoundException',
  });
  await sdk.send(new PutLifecyclePolicyCommand({ ...name, lifecyclePolicyText: '{"rules":[]}' }));
  await sdk.send(new SetRepositoryPolicyCommand({ ...name, policyText: '{"Statement":[]}' }));
  await sdk.send(new TagResourceCommand({ resourceArn: repository?.repositoryArn, tags: [{ Key: 'k', Value: 'v' }] }));
  expect(await sdk.send(new GetLifecyclePolicyCommand(name))).toMatchObject({ lifecyclePolicyText: '{"rules":[]}' });
  expect(await sdk.send(new GetRepositoryPolicyCommand(name))).toMatchObject({ policyText: '{"Statement":[]}' });
  const { tags } = await sdk.send(new ListTagsForResourceCommand({ resourceArn: repository?.repositoryArn }));
  expect(tags).toEqual([{ Key: 'k', Value: 'v' }]);
  const bad = sdk.send(new PutLifecyclePolicyCommand({ ...name, lifecyclePolicyText: 'none' }));
  await expect(bad).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('deletes a repository, one with images by force only', async () => {
  await create('gone');
  await push('gone', 'v1');
  const name = { repositoryName: 'gone' };
  await expect(client().send(new DeleteRepositoryCommand(name))).rejects.toMatchObject({
    name: 'RepositoryNotEmptyException',
  });
  await client().send(new DeleteRepositoryCommand({ ...name, force: true }));
  expect(ecr.findRepository(ID, 'gone')).toBeUndefined();
  await create('empty');
  await client().send(new DeleteRepositoryCommand({ repositoryName: 'empty' }));
  expect(ecr.findRepository(ID, 'empty')).toBeUndefined();
});

describe('a repository creation template', () => {
  test('is described to who may ask', async () => {
    const all = await client().send(new DescribeRepositoryCreationTemplatesCommand({}));
    expect(all.repositoryCreationTemplates?.map(({ prefix }) => prefix)).toEqual(['ROOT', 'team', 'team/fixed']);
    const asked = await client().send(new DescribeRepositoryCreationTemplatesCommand({ prefixes: ['team'] }));
    expect(asked.repositoryCreationTemplates).toMatchObject([
      { appliedFor: ['CREATE_ON_PUSH'], resourceTags: [{ Key: 'from', Value: 'team' }], imageTagMutability: 'MUTABLE' },
    ]);
    const denied = client(BLIND).send(new DescribeRepositoryCreationTemplatesCommand({}));
    await expect(denied).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('makes a push create what is missing, as the longest prefix says', async () => {
    await push('team/app', 'v1');
    expect(ecr.findRepository(ID, 'team/app')).toMatchObject({ tags: { from: 'team' } });
    await push('team/fixed/app', 'v1');
    expect(ecr.findRepository(ID, 'team/fixed/app')).toMatchObject({ immutable: true });
    await expect(push('teams/app', 'v1')).rejects.toMatchObject({ status: 404 });
    await expect(push('other', 'v1')).rejects.toMatchObject({ status: 404 });
  });
});
