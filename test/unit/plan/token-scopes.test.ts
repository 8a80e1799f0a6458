import { describe, expect, it } from 'vitest';
import { tokenRequests, tokenScope } from '../../../src/plan/token-scopes.ts';

const REGION = 'ap-northeast-1';
const TOKYO = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const TOKYO_OTHER = '210987654321.dkr.ecr.ap-northeast-1.amazonaws.com';
const TOKYO_DUAL = '123456789012.dkr-ecr.ap-northeast-1.on.aws';
const VIRGINIA_FIPS = '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com';
const VIRGINIA = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const OREGON_BOTH = '123456789012.dkr-ecr-fips.us-west-2.on.aws';
const BEIJING = '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn';
const PUBLIC = 'public.ecr.aws';
const PUBLIC_DUAL = 'ecr-public.aws.com';

const ecr = (region: string, reach: { fips?: boolean; dualStack?: boolean } = {}) => ({
  service: 'ecr',
  region,
  fips: false,
  dualStack: false,
  ...reach,
});
const ecrPublic = (dualStack: boolean) => ({ service: 'ecr-public', region: 'us-east-1', fips: false, dualStack });

describe('the token of a host', () => {
  it.each([
    [TOKYO, ecr('ap-northeast-1')],
    [VIRGINIA_FIPS, ecr('us-east-1', { fips: true })],
    [TOKYO_DUAL, ecr('ap-northeast-1', { dualStack: true })],
    [OREGON_BOTH, ecr('us-west-2', { fips: true, dualStack: true })],
    [BEIJING, ecr('cn-north-1')],
    [PUBLIC, ecrPublic(false)],
    [PUBLIC_DUAL, ecrPublic(true)],
    ['images.example', ecr('eu-west-1')],
    ['localhost:5000', ecr('eu-west-1')],
    ['public.ecr.aws.evil.example', ecr('eu-west-1')],
  ])('%s is asked for here', (host, scope) => {
    expect(tokenScope(host, 'eu-west-1')).toEqual(scope);
  });
});

describe('tokens for several hosts', () => {
  it.each([
    ['nothing', [], false, []],
    ['the own registry', [], true, [{ scope: ecr(REGION), hosts: [], own: true }]],
    ['a host', [TOKYO], false, [{ scope: ecr(REGION), hosts: [TOKYO], own: false }]],
    ['a host twice', [TOKYO, TOKYO], false, [{ scope: ecr(REGION), hosts: [TOKYO], own: false }]],
    [
      'two accounts in a region',
      [TOKYO, TOKYO_OTHER],
      false,
      [{ scope: ecr(REGION), hosts: [TOKYO, TOKYO_OTHER], own: false }],
    ],
    ['a host in the own region', [TOKYO_OTHER], true, [{ scope: ecr(REGION), hosts: [TOKYO_OTHER], own: true }]],
    [
      'a host in another region',
      [VIRGINIA],
      true,
      [
        { scope: ecr('us-east-1'), hosts: [VIRGINIA], own: false },
        { scope: ecr(REGION), hosts: [], own: true },
      ],
    ],
    [
      'hosts of no region, beside the own registry',
      ['images.example', TOKYO],
      true,
      [{ scope: ecr(REGION), hosts: ['images.example', TOKYO], own: true }],
    ],
    [
      'other ways to the same region',
      [TOKYO, TOKYO_DUAL, VIRGINIA, VIRGINIA_FIPS],
      false,
      [
        { scope: ecr('ap-northeast-1'), hosts: [TOKYO], own: false },
        { scope: ecr('ap-northeast-1', { dualStack: true }), hosts: [TOKYO_DUAL], own: false },
        { scope: ecr('us-east-1'), hosts: [VIRGINIA], own: false },
        { scope: ecr('us-east-1', { fips: true }), hosts: [VIRGINIA_FIPS], own: false },
      ],
    ],
    [
      'ECR Public and a private registry in its region',
      [PUBLIC, VIRGINIA, PUBLIC_DUAL],
      false,
      [
        { scope: ecrPublic(false), hosts: [PUBLIC], own: false },
        { scope: ecr('us-east-1'), hosts: [VIRGINIA], own: false },
        { scope: ecrPublic(true), hosts: [PUBLIC_DUAL], own: false },
      ],
    ],
  ])('%s', (_, hosts, own, requests) => {
    expect(tokenRequests(hosts, { region: REGION, own })).toEqual(requests);
  });
});
