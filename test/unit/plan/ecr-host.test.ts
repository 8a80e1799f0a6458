import { describe, expect, it } from 'vitest';
import { parseEcrHost } from '../../../src/plan/ecr-host.ts';

const ACCOUNT = '123456789012';

describe('hosts of private registries', () => {
  it.each([
    ['aws', 'dkr.ecr.ap-northeast-1.amazonaws.com', 'ap-northeast-1'],
    ['aws-us-gov', 'dkr.ecr.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['aws-cn', 'dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['aws-eusc', 'dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
    ['aws-iso', 'dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
    ['aws-iso-b', 'dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1'],
    ['aws-iso-e', 'dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1'],
    ['aws-iso-f', 'dkr.ecr.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1'],
    ['FIPS', 'dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1'],
    ['dual-stack', 'dkr-ecr.eu-central-1.on.aws', 'eu-central-1'],
    ['dual-stack and FIPS', 'dkr-ecr-fips.us-west-2.on.aws', 'us-west-2'],
    ['dual-stack of aws-cn', 'dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn', 'cn-northwest-1'],
    ['dual-stack of aws-eusc', 'dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu', 'eusc-de-east-1'],
  ])('%s: %s', (_, rest, region) => {
    expect(parseEcrHost(`${ACCOUNT}.${rest}`)).toEqual({ account: ACCOUNT, region });
  });

  it('keeps the leading zero of an account', () => {
    expect(parseEcrHost('012345678901.dkr.ecr.us-east-1.amazonaws.com')?.account).toBe('012345678901');
  });
});

describe('other hosts', () => {
  it.each([
    ['eleven digits', '12345678901.dkr.ecr.us-east-1.amazonaws.com'],
    ['thirteen digits', '1234567890123.dkr.ecr.us-east-1.amazonaws.com'],
    ['no account', 'dkr.ecr.us-east-1.amazonaws.com'],
    ['the API', 'api.ecr.us-east-1.amazonaws.com'],
    ['ECR Public', 'public.ecr.aws'],
    ['no region', `${ACCOUNT}.dkr.ecr.amazonaws.com`],
    ['a suffix that AWS does not own', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com.evil.example`],
    ['a domain that only ends alike', `${ACCOUNT}.dkr.ecr.us-east-1.notamazonaws.com`],
    ['a host before the account', `evil.example.${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['the dual-stack label on a plain domain', `${ACCOUNT}.dkr-ecr.us-east-1.amazonaws.com`],
    ['the plain label on a dual-stack domain', `${ACCOUNT}.dkr.ecr.us-east-1.on.aws`],
    ['another character for the dot', `${ACCOUNT}.dkrxecr.us-east-1.amazonaws.com`],
    ['a port', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com:443`],
    ['a path', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app`],
    ['a line break at the end', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com\n`],
    ['nothing', ''],
  ])('%s: %j', (_, host) => {
    expect(parseEcrHost(host)).toBeUndefined();
  });
});
