import { describe, expect, it } from 'vitest';
import { findingsMarkdown, findingsTable } from '../../../src/report/findings.ts';

const ROWS = [
  { severity: 'CRITICAL', name: 'CVE-2026-1', packages: 'openssl 3.0.1 (fixed in 3.0.2)', platforms: ['linux/amd64'] },
  { severity: 'LOW', name: 'CVE-2026-20', packages: '', platforms: ['linux/amd64', 'linux/arm64'] },
];

/** A name that an image could have chosen. */
const BAD = [{ severity: 'LOW', name: 'a`|b', packages: 'x\n::error::y\u001b[31m', platforms: ['linux/amd64'] }];

describe('the findings in the log', () => {
  it('are a table', () => {
    expect(findingsTable(ROWS).join('\n')).toBe(
      [
        'Severity  Finding      Package                         Platform',
        'CRITICAL  CVE-2026-1   openssl 3.0.1 (fixed in 3.0.2)  linux/amd64',
        'LOW       CVE-2026-20                                  linux/amd64, linux/arm64',
      ].join('\n'),
    );
  });

  it('begin no line with what the image says', () => {
    expect(findingsTable(BAD)).toHaveLength(2);
    expect(findingsTable(BAD)[1]).toContain('x ::error::y [31m');
  });

  it('are nothing when there are none', () => {
    expect([findingsTable([]), findingsMarkdown([])]).toEqual([[], []]);
  });
});

describe('the findings in the summary', () => {
  it('are a table', () => {
    expect(findingsMarkdown(ROWS)).toEqual([
      '| Severity | Finding | Package | Platform |',
      '| --- | --- | --- | --- |',
      '| CRITICAL | `CVE-2026-1` | `openssl 3.0.1 (fixed in 3.0.2)` | `linux/amd64` |',
      '| LOW | `CVE-2026-20` |  | `linux/amd64, linux/arm64` |',
    ]);
  });

  it('cannot leave their cell', () => {
    expect(findingsMarkdown(BAD)[2]).toBe('| LOW | `a  b` | `x ::error::y [31m` | `linux/amd64` |');
  });
});

it('the hundred most severe are shown, and how many more there are', () => {
  const many = Array.from({ length: 103 }, (_, index) => ({
    severity: 'LOW',
    name: `CVE-2026-${index}`,
    packages: '',
    platforms: ['linux/amd64'],
  }));
  expect(findingsTable(many)).toHaveLength(102);
  expect(findingsTable(many).at(-1)).toBe('and 3 more, which the console of ECR shows');
  expect(findingsMarkdown(many).slice(-2)).toEqual(['', 'and 3 more, which the console of ECR shows']);
});
