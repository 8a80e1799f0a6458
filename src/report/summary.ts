import type { CacheUse } from '../buildkit/cache-metrics.ts';
import { formatCacheUse, formatDuration, formatSize } from './format.ts';
import type { ImageOutputs } from './outputs.ts';

export interface SummaryFacts {
  readonly name: string;
  readonly outputs: ImageOutputs;
  /** Bytes in the registry; undefined when it does not tell. */
  readonly size: number | undefined;
  /** Undefined when BuildKit has not said. */
  readonly cacheUse: CacheUse | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** The job summary: GitHub's Markdown. */
export function summaryMarkdown({ name, outputs, size, cacheUse, duration }: SummaryFacts): string {
  const { imageFullNameDigest, imageDigest, imageTags, imagePushed } = outputs;
  const tags = imageTags.split('\n').filter((tag) => tag !== '');
  const rows = [
    ['Image', imageFullNameDigest === '' ? code(name) : code(imageFullNameDigest.replace(/@.*/, ''))],
    ['Digest', code(imageDigest)],
    ['Tags', tags.length === 0 ? 'none' : tags.map(code).join('<br>')],
    ['Pushed', imagePushed === 'true' ? 'yes' : 'no'],
    ...(size === undefined ? [] : [['Size', formatSize(size)]]),
    ...(cacheUse === undefined ? [] : [['From cache', formatCacheUse(cacheUse)]]),
    ['Duration', formatDuration(duration)],
  ];
  return [`### ${name}`, '', '| | |', '| --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join(
    '\n',
  );
}

/** All values are names or digests, which have neither backticks nor bars. */
function code(text: string): string {
  return `\`${text}\``;
}
