import { describe, expect, it } from 'vitest';
import { chooseRegion } from '../../../src/plan/regions.ts';
import { problemOf } from '../failures.ts';

const TOKYO = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const TOKYO_DUAL = '123456789012.dkr-ecr.ap-northeast-1.on.aws';
const PUBLIC = 'public.ecr.aws';
const PUBLIC_DUAL = 'ecr-public.aws.com';
const FRANKFURT = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const NOTHING = { hosts: [], awsRegion: undefined, profileRegion: undefined, env: {} };
const AMBIENT = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-west-2' };
const ALL = { hosts: [TOKYO], awsRegion: 'eu-west-1', profileRegion: 'eu-west-2', env: AMBIENT };

describe('the region', () => {
  it.each([
    ['of the registry wins', ALL, 'ap-northeast-1'],
    ['is awsRegion', { ...ALL, hosts: [] }, 'eu-west-1'],
    ['is that of the profile', { ...ALL, hosts: [], awsRegion: undefined }, 'eu-west-2'],
    ['is AWS_REGION', { ...NOTHING, env: AMBIENT }, 'us-east-1'],
    ['is AWS_DEFAULT_REGION', { ...NOTHING, env: { AWS_DEFAULT_REGION: 'us-west-2' } }, 'us-west-2'],
    [
      'is AWS_DEFAULT_REGION beside a blank AWS_REGION',
      { ...NOTHING, env: { ...AMBIENT, AWS_REGION: '' } },
      'us-west-2',
    ],
    ['is awsRegion beside a host without one', { ...ALL, hosts: ['images.example'] }, 'eu-west-1'],
    ['is awsRegion when the registries differ', { ...ALL, hosts: [TOKYO, FRANKFURT] }, 'eu-west-1'],
    [
      'is that of the first registry when nothing else is known',
      { ...NOTHING, hosts: [TOKYO, FRANKFURT] },
      'ap-northeast-1',
    ],
    [
      'is us-east-1 for ECR Public when nothing else is known',
      { ...NOTHING, hosts: [PUBLIC, PUBLIC_DUAL] },
      'us-east-1',
    ],
    ['is awsRegion beside ECR Public', { ...ALL, hosts: [PUBLIC] }, 'eu-west-1'],
    ['is that of the one private registry beside ECR Public', { ...ALL, hosts: [PUBLIC, TOKYO] }, 'ap-northeast-1'],
    ['of two hosts in one region wins', { ...ALL, hosts: [TOKYO, TOKYO_DUAL] }, 'ap-northeast-1'],
  ])('%s', (_, options, region) => {
    expect(chooseRegion(options).region).toBe(region);
  });

  it.each(['us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'us-isob-east-1', 'ap-southeast-7', 'mx-central-1'])(
    'may be %s',
    (awsRegion) => {
      expect(chooseRegion({ ...NOTHING, awsRegion })).toEqual({ region: awsRegion, warning: undefined });
    },
  );

  it.each([
    'tokyo',
    'ap-northeast',
    'AP-NORTHEAST-1',
    'ap_northeast_1',
    'ap-northeast-1a',
    'ap-northeast-1.evil.example',
  ])('is not %s', async (awsRegion) => {
    expect(await problemOf(() => chooseRegion({ ...NOTHING, awsRegion }))).toMatchObject({
      code: 'input-invalid',
      message: `awsRegion: "${awsRegion}" is not the name of a region.`,
    });
  });

  it.each([
    ['no host says it', []],
    ['a host of another name', ['images.example']],
    ['a host of another name beside ECR Public', ['public.ecr.aws', 'images.example']],
  ])('is asked for when %s', async (_, hosts) => {
    expect((await problemOf(() => chooseRegion({ ...NOTHING, hosts }))).code).toBe('region-missing');
  });

  it.each([
    [
      'the profile',
      { ...NOTHING, profileRegion: 'tokyo', profileName: 'ci' },
      'awsCredentials: region of profile "ci"',
    ],
    ['AWS_REGION', { ...NOTHING, env: { ...AMBIENT, AWS_REGION: 'tokyo' } }, 'AWS_REGION of the environment'],
    [
      'AWS_DEFAULT_REGION',
      { ...NOTHING, env: { AWS_DEFAULT_REGION: 'tokyo' } },
      'AWS_DEFAULT_REGION of the environment',
    ],
  ])('that is wrong is said to be that of %s', async (_, options, from) => {
    expect((await problemOf(() => chooseRegion(options))).message).toBe(
      `${from}: "tokyo" is not the name of a region.`,
    );
  });

  it.each([
    ['no variable', {}],
    ['blank variables', { AWS_REGION: '', AWS_DEFAULT_REGION: '' }],
  ])('is asked for when there is %s', async (_, env) => {
    expect(await problemOf(() => chooseRegion({ ...NOTHING, env }))).toMatchObject({
      code: 'region-missing',
      message: 'awsRegion: no region is given.',
      hint: expect.stringContaining('imageRegistryPath'),
    });
  });
});

describe('the warning', () => {
  it('names both regions when awsRegion differs from the registry', () => {
    expect(chooseRegion({ ...ALL, hosts: [TOKYO], awsRegion: 'eu-west-1' }).warning).toBe(
      'awsRegion is eu-west-1, but the registry is in ap-northeast-1, which is used.',
    );
  });

  it.each([
    ['they agree', { ...ALL, awsRegion: 'ap-northeast-1' }],
    ['awsRegion is not given', { ...ALL, awsRegion: undefined }],
    ['there are several regions', { ...ALL, hosts: [TOKYO, FRANKFURT] }],
    ['there is no registry', { ...ALL, hosts: [] }],
  ])('is not there when %s', (_, options) => {
    expect(chooseRegion(options).warning).toBeUndefined();
  });
});
