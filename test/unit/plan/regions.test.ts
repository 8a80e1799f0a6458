import { describe, expect, it } from 'vitest';
import { chooseRegion, hostsByRegion } from '../../../src/plan/regions.ts';
import { problemOf } from '../failures.ts';

const TOKYO = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const TOKYO_DUAL = '123456789012.dkr-ecr.ap-northeast-1.on.aws';
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

describe('hosts by region', () => {
  it('groups them, each once, and gives those without a region to that of the step', () => {
    const hosts = [TOKYO, FRANKFURT, 'images.example', TOKYO, TOKYO_DUAL];
    expect([...hostsByRegion(hosts, 'eu-central-1')]).toEqual([
      ['ap-northeast-1', [TOKYO, TOKYO_DUAL]],
      ['eu-central-1', [FRANKFURT, 'images.example']],
    ]);
  });

  it('is empty without hosts', () => {
    expect(hostsByRegion([], 'eu-central-1').size).toBe(0);
  });
});
