import type { CacheUse } from '../buildkit/cache-metrics.ts';
import { type BuildRecord, NO_RECORD } from '../buildkit/record.ts';
import type { Failure } from '../failure.ts';
import { parseJson } from '../json.ts';
import { formatCounts, type ScanReport } from '../plan/scan.ts';
import { findingsMarkdown } from './findings.ts';
import { formatCacheUse, formatDuration, formatSize } from './format.ts';
import { code, details, prose, table } from './markdown.ts';
import type { ImageOutputs } from './outputs.ts';
import { moreAbout } from './summary-failure.ts';
import { timelineMarkdown } from './summary-timeline.ts';
import { useMarkdown } from './summary-use.ts';
import { timelineOf } from './timeline.ts';

export interface SummaryFacts {
  readonly name: string;
  /** What became of the image, such as `Pushed`. */
  readonly done: string;
  /** Whether the image can be deployed from the registry. */
  readonly deployable: boolean;
  readonly outputs: ImageOutputs;
  /** Bytes in the registry; undefined when it does not tell. */
  readonly size: number | undefined;
  /** Bytes of the image of each platform, by digest. */
  readonly sizes?: ReadonlyMap<string, number> | undefined;
  /** Undefined when BuildKit has not said. */
  readonly transfer?: Transferred | undefined;
  /** Undefined when BuildKit has not said. */
  readonly cacheUse: CacheUse | undefined;
  /** Undefined when no scan has finished. */
  readonly scan?: ScanReport | undefined;
  /** Why the step fails although there is an image. */
  readonly refusal?: Failure | undefined;
  /** Address of docs/troubleshooting.md, without fragment. */
  readonly docs: string;
  /** Undefined when nothing was built. */
  readonly record?: BuildRecord | undefined;
  /** Takes out of BuildKit's words what may be a secret. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** Bytes of the parts of an image, each counted once: those that were sent, and those that the registry had, in this repository or another one. */
export interface Transferred {
  readonly pushed: number;
  readonly reused: number;
}

/** So many names say what there is; outputs and log have all. */
const TAGS = 20;
const PLATFORMS = 30;
/** A longer list is folded away. */
const FINDINGS = 10;

/** The job summary of an image: GitHub's Markdown. */
export function summaryMarkdown(facts: SummaryFacts): string {
  const { outputs, deployable, scan, record = NO_RECORD, redact } = facts;
  const platforms = platformsOf(outputs);
  const lines = [
    ...heading(facts, platforms),
    ...table(rowsOf(facts, platforms)),
    ...findingsOf(scan),
    ...timelineMarkdown(timelineOf(record, redact), { isOpen: true }),
    ...(deployable && outputs.imageFullNameDigest !== '' ? useMarkdown(outputs.imageFullNameDigest, platforms) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function heading({ name, refusal, docs }: SummaryFacts, platforms: readonly Platform[]): string[] {
  const names = [
    name,
    shown(
      platforms.map(([platform]) => platform),
      4,
    ),
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return refusal === undefined
    ? [`### ${names}`, '']
    : [`### ❌ ${names}`, '', prose(refusal.message), '', `${prose(refusal.hint)} ${moreAbout(refusal, docs)}`, ''];
}

function rowsOf(facts: SummaryFacts, platforms: readonly Platform[]): string[][] {
  const { name, done, outputs, size, transfer, cacheUse, scan, duration } = facts;
  const { imageFullNameTag, imageFullNameDigest, imageDigest, imageTags } = outputs;
  const tags = imageTags.split('\n').filter((tag) => tag !== '');
  const image = imageFullNameTag || imageFullNameDigest.replace(/@.*/, '') || name;
  const cut = tags.length > TAGS ? [`and ${tags.length - TAGS} more, which the output imageTags has`] : [];
  const names = tags.length === 0 ? [code(image)] : [...tags.slice(0, TAGS).map(code), ...cut];
  return [
    [done.replace(/:$/, ''), names.join('<br>')],
    ['Digest', code(imageDigest)],
    ...platformRows(platforms, facts),
    ...(size === undefined ? [] : [['Size', formatSize(size)]]),
    ...(transfer === undefined ? [] : [['Sent', sent(transfer)]]),
    ...(cacheUse === undefined ? [] : [['From cache', formatCacheUse(cacheUse)]]),
    ...(scan === undefined ? [] : [['Scan', formatCounts(scan.counts)]]),
    ['Duration', formatDuration(duration)],
  ];
}

function findingsOf(scan: ScanReport | undefined): string[] {
  const rows = scan?.rows ?? [];
  if (rows.length === 0) {
    return [];
  }
  const found = [...findingsMarkdown(rows), ''];
  return rows.length > FINDINGS ? details('<b>Findings</b> of the scan', found) : found;
}

type Platform = readonly [platform: string, digest: string];

function platformsOf({ platformDigests }: ImageOutputs): Platform[] {
  return Object.entries(Object(parseJson(platformDigests))).map(([platform, digest]) => [platform, String(digest)]);
}

/** The digest of one platform alone is the image's. */
function platformRows(platforms: readonly Platform[], { sizes }: SummaryFacts): string[][] {
  const rows = platforms.slice(0, PLATFORMS).map(([platform, digest]) => {
    const size = sizes?.get(digest);
    return [platform, size === undefined ? code(digest) : `${code(digest)} ${formatSize(size)}`];
  });
  const rest = platforms.length - PLATFORMS;
  const cut = rest > 0 ? [['…', `${rest} more platforms, which the output platformDigests has`]] : [];
  return platforms.length < 2 ? [] : [...rows, ...cut];
}

function sent({ pushed, reused }: Transferred): string {
  if (pushed === 0) {
    return 'nothing: the registry had all of it';
  }
  return `${formatSize(pushed)}; the registry had ${reused === 0 ? 'nothing of it' : `the other ${formatSize(reused)}`}`;
}

function shown(names: readonly string[], most: number): string {
  const rest = names.length - most;
  return [...names.slice(0, most), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
