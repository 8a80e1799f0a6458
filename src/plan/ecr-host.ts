/** A registry of ECR, as its host names it. */
export type EcrHost = PrivateEcrHost | PublicEcrHost;

export interface PrivateEcrHost {
  readonly kind: 'private';
  /** Twelve digits. */
  readonly account: string;
  /** Such as `ap-northeast-1`. */
  readonly region: string;
  readonly fips: boolean;
  /** Reached over IPv4 and IPv6. */
  readonly dualStack: boolean;
}

/** The one public registry of AWS, which has an alias before every repository. */
export interface PublicEcrHost {
  readonly kind: 'public';
  readonly dualStack: boolean;
}

/**
 * Domains of the private registries, per partition: aws and aws-us-gov, aws-cn, aws-eusc, and the four isolated ones.
 * Source: AWS general reference, "Amazon ECR endpoints and quotas"; credential helper's host pattern.
 */
const REGISTRY_DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];

/** Domains of the same registries over IPv4 and IPv6, where the service label is `dkr-ecr`. */
const DUAL_STACK_DOMAINS = ['on.aws', 'on.amazonwebservices.com.cn', 'on.amazonwebservices.eu'];

const PUBLIC_HOST = 'public.ecr.aws';
const PUBLIC_DUAL_STACK_HOST = 'ecr-public.aws.com';

const PATTERN =
  /^(?<account>\d{12})\.dkr(?<separator>[.-])ecr(?<fips>-fips)?\.(?<region>[a-z0-9-]+)\.(?<domain>[a-z0-9.-]+)$/;

/**
 * Takes a host such as `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com` or `public.ecr.aws` apart.
 * @returns undefined for any other host, also for ECR behind a name of one's own
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  if (host === PUBLIC_HOST || host === PUBLIC_DUAL_STACK_HOST) {
    return { kind: 'public', dualStack: host === PUBLIC_DUAL_STACK_HOST };
  }
  const { account, separator, fips, region, domain } = PATTERN.exec(host)?.groups ?? {};
  if (account === undefined || region === undefined || domain === undefined) {
    return undefined;
  }
  const dualStack = separator === '-';
  const domains = dualStack ? DUAL_STACK_DOMAINS : REGISTRY_DOMAINS;
  return domains.includes(domain)
    ? { kind: 'private', account, region, fips: fips !== undefined, dualStack }
    : undefined;
}

/** Takes the host of a private registry apart; undefined for any other host. */
export function parsePrivateEcrHost(host: string): PrivateEcrHost | undefined {
  const parsed = parseEcrHost(host);
  return parsed?.kind === 'private' ? parsed : undefined;
}

/**
 * What is wrong with a host that would be one of a private registry but for a slip.
 * @returns undefined when it is one, or is not like one
 */
export function ecrHostTypo(host: string): string | undefined {
  const { account = '', port } = /^(?<account>\d+)\.dkr[.-]ecr[^:]*(?<port>:\d+)?$/.exec(host)?.groups ?? {};
  if (account === '' || parseEcrHost(host) !== undefined) {
    return undefined;
  }
  if (account.length !== 12) {
    return `its account number has ${account.length} digits, and those of AWS have 12`;
  }
  return port === undefined ? undefined : 'ECR is asked at the port of HTTPS, and none is written';
}
