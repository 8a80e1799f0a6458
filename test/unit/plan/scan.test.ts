import { describe, expect, it } from 'vitest';
import { countFindings, formatCounts, joinScans, judgeFindings, type ScanLevel } from '../../../src/plan/scan.ts';

const NAME = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:0a';

function finding(name: string, severity: string, packages = 'openssl 3.0.1') {
  return { name, severity, packages };
}

/** The scan of one platform that lists all it counts. */
function scanOf(platform: string, ...findings: ReturnType<typeof finding>[]) {
  return { platform, findings, counts: countFindings(findings) };
}

describe('the scans of all platforms', () => {
  it('are added up, most severe first, with a row for each finding', () => {
    const both = finding('CVE-2026-0010', 'HIGH');
    const report = joinScans([
      scanOf('linux/amd64', finding('CVE-2026-0009', 'LOW'), both, finding('CVE-2026-1', 'NEW')),
      scanOf('linux/arm64', both, finding('CVE-2026-0010', 'HIGH', 'zlib 1'), finding('CVE-2026-0002', 'HIGH')),
    ]);
    expect(Object.entries(report.counts)).toEqual([
      ['HIGH', 4],
      ['LOW', 1],
      ['NEW', 1],
    ]);
    expect(report.rows.map(({ name, packages, platforms }) => [name, packages, ...platforms])).toEqual([
      ['CVE-2026-0002', 'openssl 3.0.1', 'linux/arm64'],
      ['CVE-2026-0010', 'openssl 3.0.1', 'linux/amd64', 'linux/arm64'],
      ['CVE-2026-0010', 'zlib 1', 'linux/arm64'],
      ['CVE-2026-0009', 'openssl 3.0.1', 'linux/amd64'],
      ['CVE-2026-1', 'openssl 3.0.1', 'linux/amd64'],
    ]);
  });

  it('may count what they do not list, and leave out what is zero', () => {
    const counts = { MEDIUM: 2, CRITICAL: 1, HIGH: 0 };
    const report = joinScans([{ platform: 'linux/amd64', findings: [], counts }]);
    expect([formatCounts(report.counts), report.rows]).toEqual(['1 CRITICAL, 2 MEDIUM', []]);
  });

  it('of nothing have no findings', () => {
    expect(formatCounts(joinScans([scanOf('linux/amd64')]).counts)).toBe('no findings');
  });
});

describe('an image gets no tag', () => {
  const levels: readonly ScanLevel[] = ['low', 'medium', 'high', 'critical'];

  it.each([
    ['CRITICAL', ['low', 'medium', 'high', 'critical']],
    ['HIGH', ['low', 'medium', 'high']],
    ['MEDIUM', ['low', 'medium']],
    ['LOW', ['low']],
    ['INFORMATIONAL', []],
    ['UNDEFINED', []],
    ['UNTRIAGED', []],
    ['NEW', []],
  ])('for a finding that is %s with %j', (severity, expected) => {
    const report = joinScans([scanOf('linux/amd64', finding('CVE-2026-1', severity))]);
    expect(levels.filter((level) => judgeFindings(report, { level, name: NAME }) !== undefined)).toEqual(expected);
  });

  it('and the reason has the image, what counts, and the first names', () => {
    const findings = [1, 2, 3, 4, 5, 6, 7].map((number) => finding(`CVE-2026-${number}`, 'HIGH'));
    const report = joinScans([scanOf('linux/amd64', ...findings, finding('CVE-2026-8', 'LOW'))]);
    expect(judgeFindings(report, { level: 'high', name: NAME })).toMatchObject({
      code: 'scan-findings',
      message: `scanFailOn: high: the scan of ${NAME} found 7 HIGH (CVE-2026-1, CVE-2026-2, CVE-2026-3, CVE-2026-4, CVE-2026-5 and 2 more). The image has got no tag, and no tag was moved.`,
    });
  });

  it('also for findings that are only counted', () => {
    const report = joinScans([{ platform: 'linux/amd64', findings: [], counts: { CRITICAL: 1 } }]);
    expect(judgeFindings(report, { level: 'high', name: NAME })?.message).toContain(`${NAME} found 1 CRITICAL. The`);
  });
});
