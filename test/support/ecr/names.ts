/** Which of the private registries of AWS: every account has one in every region. */
export interface RegistryId {
  readonly accountId: string;
  readonly region: string;
}

/** The part of AWS that a region belongs to, as it stands in ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) {
    return 'aws-cn';
  }
  if (region.startsWith('us-gov-')) {
    return 'aws-us-gov';
  }
  return region.startsWith('eusc-') ? 'aws-eusc' : 'aws';
}

export function repositoryArn({ accountId, region }: RegistryId, name: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${accountId}:repository/${name}`;
}

/** Public repositories are in no region. */
export function publicRepositoryArn(accountId: string, name: string): string {
  return `arn:aws:ecr-public::${accountId}:repository/${name}`;
}

/** The host name that AWS itself gives a private registry. */
export function awsRegistryHost({ accountId, region }: RegistryId): string {
  const suffixes: Record<string, string> = { 'aws-cn': 'amazonaws.com.cn', 'aws-eusc': 'amazonaws.eu' };
  return `${accountId}.dkr.ecr.${region}.${suffixes[partitionOf(region)] ?? 'amazonaws.com'}`;
}

/** The registry that a Host header names, in any of ECR's forms; undefined for loopback and other names. */
export function registryOfHost(host: string): RegistryId | undefined {
  const [, accountId, region] = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(host) ?? [];
  return accountId === undefined || region === undefined ? undefined : { accountId, region };
}

/** Whether a text matches a pattern in which * stands for any characters, as in IAM conditions and tag filters of ECR. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const literals = pattern.split('*').map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(text);
}
