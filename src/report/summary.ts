import type { CacheUse } from '../buildkit/cache-metrics.ts';
import { parseJson } from '../json.ts';
import { formatCounts, type ScanReport } from '../plan/scan.ts';
import { findingsMarkdown } from './findings.ts';
import { formatCacheUse, formatDuration, formatSize } from './format.ts';
import type { ImageOutputs } from './outputs.ts';

export interface SummaryFacts {
  readonly name: string;
  readonly outputs: ImageOutputs;
  /** Bytes in the registry; undefined when it does not tell. */
  readonly size: number | undefined;
  /** Undefined when BuildKit has not said. */
  readonly cacheUse: CacheUse | undefined;
  /** Undefined when no scan has finished. */
  readonly scan?: ScanReport | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** The job summary: GitHub's Markdown. */
export function summaryMarkdown({ name, outputs, size, cacheUse, scan, duration }: SummaryFacts): string {
  const { imageFullNameDigest, imageDigest, imageTags, imagePushed, platformDigests } = outputs;
  const tags = imageTags.split('\n').filter((tag) => tag !== '');
  const rows = [
    ['Image', imageFullNameDigest === '' ? code(name) : code(imageFullNameDigest.replace(/@.*/, ''))],
    ['Digest', code(imageDigest)],
    ...platformRows(platformDigests),
    ['Tags', tags.length === 0 ? 'none' : tags.map(code).join('<br>')],
    ['Pushed', imagePushed === 'true' ? 'yes' : 'no'],
    ...(size === undefined ? [] : [['Size', formatSize(size)]]),
    ...(cacheUse === undefined ? [] : [['From cache', formatCacheUse(cacheUse)]]),
    ...(scan === undefined ? [] : [['Scan', formatCounts(scan.counts)]]),
    ['Duration', formatDuration(duration)],
  ];
  const table = ['| | |', '| --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''];
  const findings = findingsMarkdown(scan?.rows ?? []);
  return [`### ${name}`, '', ...table, ...(findings.length === 0 ? [] : [...findings, ''])].join('\n');
}

/** The digest of one platform alone is the image's. */
function platformRows(platformDigests: string): string[][] {
  const platforms = Object.entries(Object(parseJson(platformDigests)));
  return platforms.length < 2 ? [] : platforms.map(([platform, digest]) => [platform, code(String(digest))]);
}

/** All values are names or digests, which have neither backticks nor bars. */
function code(text: string): string {
  return `\`${text}\``;
}
