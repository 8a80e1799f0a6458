import { describe, expect, it } from 'vitest';
import { parseEcrHost, parsePrivateEcrHost } from '../../../src/plan/ecr-host.ts';

const ACCOUNT = '123456789012';
const PLAIN = { fips: false, dualStack: false };
const FIPS = { fips: true, dualStack: false };
const DUAL = { fips: false, dualStack: true };
const BOTH = { fips: true, dualStack: true };

describe('hosts of private registries', () => {
  const hosts = [
    ['aws', 'dkr.ecr.ap-northeast-1.amazonaws.com', 'ap-northeast-1', PLAIN],
    ['aws, a region of three words', 'dkr.ecr.ap-southeast-7.amazonaws.com', 'ap-southeast-7', PLAIN],
    ['aws-us-gov', 'dkr.ecr.us-gov-west-1.amazonaws.com', 'us-gov-west-1', PLAIN],
    ['aws-cn', 'dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', PLAIN],
    ['aws-eusc', 'dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1', PLAIN],
    ['aws-iso', 'dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1', PLAIN],
    ['aws-iso-b', 'dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1', PLAIN],
    ['aws-iso-e', 'dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1', PLAIN],
    ['aws-iso-f', 'dkr.ecr.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1', PLAIN],
    ['FIPS', 'dkr.ecr-fips.us-east-1.amazonaws.com', 'us-east-1', FIPS],
    ['FIPS of aws-us-gov', 'dkr.ecr-fips.us-gov-east-1.amazonaws.com', 'us-gov-east-1', FIPS],
    ['dual-stack', 'dkr-ecr.eu-central-1.on.aws', 'eu-central-1', DUAL],
    ['dual-stack of aws-us-gov', 'dkr-ecr.us-gov-west-1.on.aws', 'us-gov-west-1', DUAL],
    ['dual-stack and FIPS', 'dkr-ecr-fips.us-west-2.on.aws', 'us-west-2', BOTH],
    ['dual-stack of aws-cn', 'dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn', 'cn-northwest-1', DUAL],
    ['dual-stack of aws-eusc', 'dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu', 'eusc-de-east-1', DUAL],
  ] as const;
  it.each(hosts)('%s: %s', (_, rest, region, reach) => {
    const expected = { kind: 'private', account: ACCOUNT, region, ...reach };
    expect(parseEcrHost(`${ACCOUNT}.${rest}`)).toEqual(expected);
    expect(parsePrivateEcrHost(`${ACCOUNT}.${rest}`)).toEqual(expected);
  });

  it('keeps the leading zero of an account', () => {
    expect(parsePrivateEcrHost('012345678901.dkr.ecr.us-east-1.amazonaws.com')?.account).toBe('012345678901');
  });
});

describe('hosts of the public registry', () => {
  it.each([
    ['public.ecr.aws', false],
    ['ecr-public.aws.com', true],
  ])('%s', (host, dualStack) => {
    expect(parseEcrHost(host)).toEqual({ kind: 'public', dualStack });
    expect(parsePrivateEcrHost(host)).toBeUndefined();
  });
});

describe('other hosts', () => {
  it.each([
    ['eleven digits', '12345678901.dkr.ecr.us-east-1.amazonaws.com'],
    ['thirteen digits', '1234567890123.dkr.ecr.us-east-1.amazonaws.com'],
    ['an account with a letter', '12345678901a.dkr.ecr.us-east-1.amazonaws.com'],
    ['an account of other digits', '１２３４５６７８９０１２.dkr.ecr.us-east-1.amazonaws.com'],
    ['no account', 'dkr.ecr.us-east-1.amazonaws.com'],
    ['the API', 'api.ecr.us-east-1.amazonaws.com'],
    ['the API in a dual-stack domain', 'ecr.us-east-1.api.aws'],
    ['the API of ECR Public', 'api.ecr-public.us-east-1.amazonaws.com'],
    ['no region', `${ACCOUNT}.dkr.ecr.amazonaws.com`],
    ['an empty region', `${ACCOUNT}.dkr.ecr..amazonaws.com`],
    ['a region in upper case', `${ACCOUNT}.dkr.ecr.US-EAST-1.amazonaws.com`],
    ['a domain in upper case', `${ACCOUNT}.dkr.ecr.us-east-1.AmazonAWS.com`],
    ['labels in upper case', `${ACCOUNT}.DKR.ECR.us-east-1.amazonaws.com`],
    ['a suffix that AWS does not own', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com.evil.example`],
    ['a suffix behind that of aws-cn', `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn.evil.example`],
    ['a suffix behind the dual-stack domain', `${ACCOUNT}.dkr-ecr.us-east-1.on.aws.evil.example`],
    ['a domain that only ends alike', `${ACCOUNT}.dkr.ecr.us-east-1.notamazonaws.com`],
    ['a domain that only begins alike', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.company`],
    ['a domain that nobody has named', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.org`],
    ['a label before the domain', `${ACCOUNT}.dkr.ecr.us-east-1.evil.amazonaws.com`],
    ['the domain of another service', `${ACCOUNT}.dkr.ecr.us-east-1.api.aws`],
    ['a host before the account', `evil.example.${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['the dual-stack label on a plain domain', `${ACCOUNT}.dkr-ecr.us-east-1.amazonaws.com`],
    ['the plain label on a dual-stack domain', `${ACCOUNT}.dkr.ecr.us-east-1.on.aws`],
    ['the plain label on the dual-stack domain of aws-cn', `${ACCOUNT}.dkr.ecr.cn-north-1.on.amazonwebservices.com.cn`],
    ['another word than fips', `${ACCOUNT}.dkr.ecr-fast.us-east-1.amazonaws.com`],
    ['fips as a label', `${ACCOUNT}.dkr.ecr.fips.us-east-1.amazonaws.com`],
    ['another character for the dot', `${ACCOUNT}.dkrxecr.us-east-1.amazonaws.com`],
    ['another character for a dot of the domain', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws-com`],
    ['a port', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com:443`],
    ['a dot at the end', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com.`],
    ['a path', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app`],
    ['a scheme', `https://${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['a user', `AWS@${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['a blank before it', ` ${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['a line break at the end', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com\n`],
    ['a line before it', `evil.example\n${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ['nothing', ''],
    ['ECR Public in upper case', 'Public.ECR.aws'],
    ['ECR Public with a port', 'public.ecr.aws:443'],
    ['ECR Public with its alias', 'public.ecr.aws/acme'],
    ['ECR Public with a dot at the end', 'public.ecr.aws.'],
    ['a host below ECR Public', 'acme.public.ecr.aws'],
    ['a suffix behind ECR Public', 'public.ecr.aws.evil.example'],
    ['a host that only ends like ECR Public', 'notpublic.ecr.aws'],
    ['the gallery of ECR Public', 'gallery.ecr.aws'],
    ['a host below the public dual-stack one', 'x.ecr-public.aws.com'],
  ])('%s: %j', (_, host) => {
    expect(parseEcrHost(host)).toBeUndefined();
    expect(parsePrivateEcrHost(host)).toBeUndefined();
  });
});
