import { numberAt, parseJson } from '../json.ts';

/** How much of a build came from the cache. */
export interface CacheUse {
  /** Steps that were found. */
  readonly cached: number;
  /** Steps that could have been found. */
  readonly cacheable: number;
}

/**
 * Reads what `--debug-json-cache-metrics` has written: lines of text, and JSON in the last one. What was found follows
 * from the misses, because BuildKit counts a cached FROM too.
 */
export function parseCacheMetrics(text: string): CacheUse | undefined {
  const last = text.trim().split('\n').at(-1) ?? '';
  try {
    const metrics = parseJson(last);
    const cacheable = numberAt(metrics, 'user_cacheable');
    const missed = numberAt(metrics, 'miss');
    return cacheable === undefined || missed === undefined ? undefined : { cached: cacheable - missed, cacheable };
  } catch {
    return undefined;
  }
}
