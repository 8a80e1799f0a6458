import type { Repository } from './repositories.ts';
import type { Finding } from './scans.ts';

interface Page {
  readonly all: readonly Finding[];
  readonly shown: readonly Finding[];
  /** Seconds since 1970. */
  readonly completedAt: number;
}

interface Scanner {
  readonly repository: Repository;
  readonly enhanced: boolean;
}

/** ECR API, ImageScanFindings: the counts are of all findings, on every page. Times in seconds since the epoch. */
export function describeFindings({ all, shown, completedAt }: Page, { repository, enhanced }: Scanner): object {
  const counts: Record<string, number> = {};
  for (const { severity } of all) {
    counts[severity] = (counts[severity] ?? 0) + 1;
  }
  return {
    imageScanCompletedAt: completedAt,
    vulnerabilitySourceUpdatedAt: Date.now() / 1000,
    findingSeverityCounts: counts,
    ...(enhanced
      ? { enhancedFindings: shown.map((finding) => enhancedFinding(finding, repository)) }
      : { findings: shown.map(basicFinding) }),
  };
}

function basicFinding({ name, severity, package: packageName = 'busybox', version = '1.0.0' }: Finding): object {
  return {
    name,
    severity,
    description: `Made up for a test: ${name}`,
    uri: `https://example.com/${name}`,
    attributes: [
      { key: 'package_name', value: packageName },
      { key: 'package_version', value: version },
    ],
  };
}

function enhancedFinding(finding: Finding, { accountId }: Repository): object {
  const { name, severity, package: packageName = 'busybox', version = '1.0.0', fixedInVersion } = finding;
  return {
    awsAccountId: accountId,
    findingArn: `arn:aws:inspector2:us-east-1:${accountId}:finding/${name}`,
    type: 'PACKAGE_VULNERABILITY',
    status: 'ACTIVE',
    severity,
    title: `${name} - ${packageName}`,
    description: `Made up for a test: ${name}`,
    fixAvailable: fixedInVersion === undefined ? 'NO' : 'YES',
    packageVulnerabilityDetails: {
      vulnerabilityId: name,
      source: 'NVD',
      vulnerablePackages: [{ name: packageName, version, ...(fixedInVersion === undefined ? {} : { fixedInVersion }) }],
    },
  };
}
