import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsCommandOutput,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
  ScanNotFoundException,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import type { Repository } from '../plan/reference.ts';
import { type Counts, countFindings, type Finding } from '../plan/scan.ts';
import type { ScanAnswer, StartAttempt } from '../plan/scan-progress.ts';
import { explainAwsError } from './errors.ts';
import type { Registries } from './login.ts';
import { targetOf } from './repositories.ts';

/** Asks ECR about the scans of the images of one repository. */
export interface Scanner {
  /**
   * @param digest of the image of one platform: an index cannot be scanned
   * @throws Failure `ecr-…`, `credentials-…`
   */
  ask(digest: string): Promise<ScanAnswer>;
  /** Asks for a scan. A refusal is an answer, too: the scan may have begun by itself in the meantime. */
  start(digest: string): Promise<StartAttempt>;
}

/** Source: ECR API, DescribeImageScanFindings and StartImageScan. */
export function openScanner(repository: Repository, registries: Registries): Scanner {
  const { client, region, registryId } = targetOf(repository, registries);
  const explain = (action: string) => (error: unknown) =>
    explainAwsError(error, { action, region, source: registries.credentials.name });
  const idOf = (digest: string) => ({
    repositoryName: repository.repository,
    imageId: { imageDigest: digest },
    ...registryId,
  });
  return {
    ask: async (digest) => {
      try {
        const pages: DescribeImageScanFindingsCommandOutput[] = [];
        for (let nextToken: string | undefined; pages.length === 0 || nextToken !== undefined; ) {
          const page = await client.send(new DescribeImageScanFindingsCommand({ ...idOf(digest), nextToken }));
          pages.push(page);
          nextToken = page.nextToken;
        }
        return answerOf(pages);
      } catch (error) {
        if (error instanceof ScanNotFoundException) {
          return { kind: 'none' };
        }
        throw explain('ecr:DescribeImageScanFindings')(error);
      }
    },
    start: async (digest) => {
      try {
        await client.send(new StartImageScanCommand(idOf(digest)));
        return { kind: 'started' };
      } catch (error) {
        return { kind: 'refused', problem: explain('ecr:StartImageScan')(error) };
      }
    },
  };
}

function answerOf(pages: readonly DescribeImageScanFindingsCommandOutput[]): ScanAnswer {
  const parts = pages.map(({ imageScanFindings }) => imageScanFindings ?? {});
  const findings = [
    ...parts.flatMap((part) => part.findings ?? []).map(basicFinding),
    // What a rule of Amazon Inspector suppresses has been judged already.
    ...parts
      .flatMap((part) => part.enhancedFindings ?? [])
      .filter(({ status }) => status === undefined || status === 'ACTIVE')
      .map(enhancedFinding),
  ];
  const isListed = parts.some((part) => (part.findings ?? part.enhancedFindings ?? []).length > 0);
  const { status, description } = pages[0]?.imageScanStatus ?? {};
  const completed = parts[0]?.imageScanCompletedAt;
  const age = completed === undefined ? undefined : Date.now() - completed.getTime();
  const counts: Counts = isListed ? countFindings(findings) : { ...parts[0]?.findingSeverityCounts };
  return { kind: 'scan', status: status ?? 'unknown', description, age, findings, counts };
}

function basicFinding({ name, severity, attributes = [] }: ImageScanFinding): Finding {
  const attribute = (key: string) => attributes.find((candidate) => candidate.key === key)?.value;
  return {
    name: name ?? 'unnamed',
    severity: severity ?? 'UNDEFINED',
    packages: formatPackage({ name: attribute('package_name'), version: attribute('package_version') }),
  };
}

function enhancedFinding({ title, severity, packageVulnerabilityDetails: details }: EnhancedImageScanFinding): Finding {
  return {
    name: details?.vulnerabilityId ?? title ?? 'unnamed',
    severity: severity ?? 'UNDEFINED',
    packages: [...new Set(details?.vulnerablePackages?.map(formatPackage))].join(', '),
  };
}

function formatPackage(found: {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly fixedInVersion?: string | undefined;
}): string {
  const { name, version, fixedInVersion } = found;
  const fixed =
    fixedInVersion === undefined || fixedInVersion === 'NotAvailable' ? [] : [`(fixed in ${fixedInVersion})`];
  return [name ?? '', version ?? '', ...fixed].filter((word) => word !== '').join(' ');
}
