import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { CREDENTIALS, KEYS, makeDirectory, read } from './job.ts';

const DOCKERFILE = { Dockerfile: 'FROM scratch\n' };
const GOOD = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1' };
const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const OTHER = '123456789012.dkr.ecr.eu-west-3.amazonaws.com';
const FORK = { name: 'pull_request', ref: 'refs/pull/7/merge', onDefaultBranch: false, fromFork: true };

describe('push: false', () => {
  it.each([
    ['without anything of AWS', {}],
    ['with a registry', { imageRegistryPath: HOST }],
    ['with a region', { awsRegion: 'eu-west-1' }],
    ['with a profile, but no credentials', { awsProfile: 'ci' }],
  ])('asks nothing of AWS %s', async (_, given) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const inputs = await read({ workspace, with: { imageShortName: 'nginx', push: 'false', ...given } });
    expect([inputs.push, inputs.aws]).toEqual([false, undefined]);
  });

  it('asks AWS when credentials are given', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const { aws } = await read({ workspace, with: { ...GOOD, push: 'false', awsCredentials: CREDENTIALS } });
    expect([aws?.profile?.name, aws?.region.region]).toEqual(['default', 'ap-northeast-1']);
  });

  it('is what a fork needs', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const inputs = await read({ workspace, with: { imageShortName: 'nginx', push: 'false' }, event: FORK });
    expect(inputs.aws).toBeUndefined();
  });
});

describe('pushByDigest', () => {
  it.each([
    ['', false],
    ['false', false],
    ['true', true],
    ['True', true],
  ])('%j is %s', async (pushByDigest, expected) => {
    const workspace = await makeDirectory(DOCKERFILE);
    expect((await read({ workspace, with: { ...GOOD, pushByDigest } })).pushByDigest).toBe(expected);
  });

  it.each(['v1', 'v1,v2', `${HOST}/nginx:v1`, '\nv1'])('does not go with the tag %j', async (imageTag) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const given = { ...GOOD, pushByDigest: 'true', imageTag };
    expect(await problemOf(() => read({ workspace, with: given }))).toEqual({
      code: 'push-conflict',
      message: 'pushByDigest: the image would get no tag, and imageTag is given.',
      hint: 'Keep one of the two; what is pushed by digest gets its tags from the merge action.',
    });
  });

  it.each(['', ' \n', '# v1', ','])('goes with no tag: %j', async (imageTag) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const inputs = await read({ workspace, with: { ...GOOD, pushByDigest: 'true', imageTag } });
    expect([inputs.pushByDigest, inputs.tags]).toEqual([true, []]);
  });

  it('is a boolean', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const given = { ...GOOD, pushByDigest: 'yes', imageTag: 'v1' };
    expect(await problemOf(() => read({ workspace, with: given }))).toMatchObject({
      code: 'input-invalid',
      message: 'pushByDigest: "yes" is not one of its values.',
    });
  });
});

describe('the pull request of a fork', () => {
  it.each([
    ['no variables', {}],
    ['blank variables', { AWS_ACCESS_KEY_ID: '', AWS_WEB_IDENTITY_TOKEN_FILE: '' }],
  ])('cannot push without credentials: %s', async (_, env) => {
    const workspace = await makeDirectory(DOCKERFILE);
    expect(await problemOf(() => read({ workspace, with: GOOD, event: FORK, env }))).toEqual({
      code: 'credentials-fork',
      message:
        'This pull request comes from a fork, whose jobs get no secrets, so there is nothing to log in to ECR with.',
      hint: 'Build it without pushing: push: ${{ !github.event.pull_request.head.repo.fork }}',
    });
  });

  it.each([
    ['awsCredentials', { awsCredentials: CREDENTIALS }, {}],
    ['keys in the environment', {}, { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE00000FAKE' }],
    ['a web identity', {}, { AWS_WEB_IDENTITY_TOKEN_FILE: '/fake/token' }],
    ['a container', {}, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://fake.example' }],
    ['a task', {}, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/fake' }],
  ])('can push with the credentials of %s', async (_, given, env) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const { aws } = await read({ workspace, with: { ...GOOD, ...given }, event: FORK, env });
    expect(aws?.region.region).toBe('ap-northeast-1');
  });
});

describe('the region of the step', () => {
  const PROFILE = `[default]\n${KEYS}region = eu-west-2\n`;
  const ENV = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-west-2' };
  it.each([
    [
      'the registry',
      { imageRegistryPath: `${HOST}/team`, awsRegion: 'eu-west-1', awsCredentials: PROFILE },
      ENV,
      'eu-central-1',
    ],
    ['the registry of a reference', { imageTag: `${HOST}/nginx:v1`, awsCredentials: PROFILE }, ENV, 'eu-central-1'],
    ['awsRegion', { awsRegion: 'eu-west-1', awsCredentials: PROFILE }, ENV, 'eu-west-1'],
    ['the profile', { awsCredentials: PROFILE }, ENV, 'eu-west-2'],
    ['AWS_REGION', { awsCredentials: CREDENTIALS }, ENV, 'us-east-1'],
    ['AWS_DEFAULT_REGION', {}, { AWS_DEFAULT_REGION: 'us-west-2' }, 'us-west-2'],
    [
      'awsRegion beside two registries',
      { imageRegistryPath: HOST, imageTag: `v1,${OTHER}/nginx:v1`, awsRegion: 'eu-west-1' },
      ENV,
      'eu-west-1',
    ],
    [
      'awsRegion beside a host of another name',
      { imageRegistryPath: 'images.example', awsRegion: 'eu-west-1' },
      ENV,
      'eu-west-1',
    ],
    [
      'the only registry that gets an image',
      { imageRegistryPath: HOST, imageTag: `${OTHER}/nginx:v1` },
      ENV,
      'eu-west-3',
    ],
  ])('is that of %s', async (_, given, env, region) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const { aws } = await read({ workspace, with: { imageShortName: 'nginx', ...given }, env });
    expect(aws?.region.region).toBe(region);
  });

  it('that is not awsRegion brings a warning', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const { aws } = await read({ workspace, with: { ...GOOD, imageRegistryPath: HOST } });
    expect(aws?.region).toEqual({
      region: 'eu-central-1',
      warning: 'awsRegion is ap-northeast-1, but the registry is in eu-central-1, which is used.',
    });
  });
});
