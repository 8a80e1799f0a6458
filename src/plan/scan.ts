import { Failure } from '../failure.ts';

/** From what severity on findings keep an image from its tags. */
export const SCAN_LEVELS = ['low', 'medium', 'high', 'critical'] as const;
export type ScanLevel = (typeof SCAN_LEVELS)[number];

/** Most severe first. Source: ECR API, FindingSeverity; UNTRIAGED: Amazon Inspector. The last two say that nobody has judged yet. */
const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNDEFINED', 'UNTRIAGED'];

/** A vulnerability, as a scan of one image names it. */
export interface Finding {
  /** Such as `CVE-2026-0001`. */
  readonly name: string;
  /** As ECR writes it, such as `HIGH`. */
  readonly severity: string;
  /** What has it, with versions: `openssl 3.0.1 (fixed in 3.0.2)`; empty when the scan does not say. */
  readonly packages: string;
}

/** How many findings of each severity there are, such as `HIGH`. */
export type Counts = Readonly<Record<string, number>>;

/** What the scan of the image of one platform has found. */
export interface PlatformScan {
  readonly platform: string;
  readonly findings: readonly Finding[];
  readonly counts: Counts;
}

/** A finding, and the platforms that have it. */
export interface FindingRow extends Finding {
  readonly platforms: readonly string[];
}

/** What the scans of all platforms have found together. */
export interface ScanReport {
  readonly counts: Counts;
  /** Most severe first. */
  readonly rows: readonly FindingRow[];
}

/** Joins the scans of all platforms: counts are added up, and what several platforms have is one row. */
export function joinScans(scans: readonly PlatformScan[]): ScanReport {
  const severities = scans.flatMap(({ counts }) => Object.entries(counts));
  const rows = new Map<string, FindingRow>();
  for (const { platform, findings } of scans) {
    for (const finding of findings) {
      const key = JSON.stringify([finding.severity, finding.name, finding.packages]);
      const platforms = new Set([...(rows.get(key)?.platforms ?? []), platform]);
      rows.set(key, { ...finding, platforms: [...platforms] });
    }
  }
  return {
    counts: addUp(severities),
    rows: [...rows.values()].toSorted(
      (a, b) => rankOf(a.severity) - rankOf(b.severity) || compare(a.name, b.name) || compare(a.packages, b.packages),
    ),
  };
}

/** Counts findings by their severity, most severe first. */
export function countFindings(findings: readonly Finding[]): Counts {
  return addUp(findings.map(({ severity }) => [severity, 1] as const));
}

/** `1 CRITICAL, 3 HIGH`, or `no findings`. */
export function formatCounts(counts: Counts): string {
  const parts = Object.entries(counts).map(([severity, count]) => `${count} ${severity}`);
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/**
 * Whether an image gets its tags. What nobody has judged (UNDEFINED, UNTRIAGED) keeps none back.
 * @param name of the image, by digest
 * @returns why not: Failure `scan-findings`
 */
export function judgeFindings(report: ScanReport, options: { level: ScanLevel; name: string }): Failure | undefined {
  const { level, name } = options;
  const failing = SEVERITIES.slice(0, rankOf(level.toUpperCase()) + 1);
  const counts = Object.fromEntries(Object.entries(report.counts).filter(([severity]) => failing.includes(severity)));
  if (Object.keys(counts).length === 0) {
    return undefined;
  }
  const names = [...new Set(report.rows.filter(({ severity }) => failing.includes(severity)).map((row) => row.name))];
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  return new Failure({
    code: 'scan-findings',
    message: `scanFailOn: ${level}: the scan of ${name} found ${formatCounts(counts)}${shown === '' ? '' : ` (${shown})`}. The image has got no tag, and no tag was moved.`,
    hint: 'All findings are in the log and in the job summary. Update the base image or the packages that have them, or choose a higher scanFailOn.',
  });
}

function addUp(entries: readonly (readonly [string, number])[]): Counts {
  const sums = new Map<string, number>();
  for (const [severity, count] of entries) {
    sums.set(severity, (sums.get(severity) ?? 0) + count);
  }
  const present = [...sums].filter(([, count]) => count > 0);
  return Object.fromEntries(present.toSorted(([a], [b]) => rankOf(a) - rankOf(b)));
}

/** What ECR may add one day comes last. */
function rankOf(severity: string): number {
  const rank = SEVERITIES.indexOf(severity);
  return rank === -1 ? SEVERITIES.length : rank;
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
