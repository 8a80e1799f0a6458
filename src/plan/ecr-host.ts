/** A private ECR registry host, taken apart. */
export interface EcrHost {
  /** Twelve digits. */
  readonly account: string;
  /** Such as `ap-northeast-1`. */
  readonly region: string;
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

const PATTERN =
  /^(?<account>\d{12})\.dkr(?<separator>[.-])ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.(?<domain>[a-z0-9.-]+)$/;

/** Takes a host such as `123456789012.dkr.ecr.ap-northeast-1.amazonaws.com` apart; undefined for any other host. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const { account, separator, region, domain } = PATTERN.exec(host)?.groups ?? {};
  if (account === undefined || region === undefined || domain === undefined) {
    return undefined;
  }
  const domains = separator === '-' ? DUAL_STACK_DOMAINS : REGISTRY_DOMAINS;
  return domains.includes(domain) ? { account, region } : undefined;
}
