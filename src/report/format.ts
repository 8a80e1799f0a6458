import type { CacheUse } from '../buildkit/cache-metrics.ts';

/** Bytes in the decimal units that registries show. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  const scaled = ['kB', 'MB', 'GB', 'TB'].map(
    (unit, index) => [(bytes / 1000 ** (index + 1)).toFixed(1), unit] as const,
  );
  return (scaled.find(([value]) => Number(value) < 1000) ?? scaled.at(-1) ?? []).join(' ');
}

/** Milliseconds as people say them: `0.8 s`, `12 s`, `3 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The same for steps, which may be shorter: `12 ms`. */
export function formatStepTime(milliseconds: number): string {
  return milliseconds < 99.5 ? `${Math.round(milliseconds)} ms` : formatDuration(milliseconds);
}

/** `3 of 4 steps`, or that there was nothing to find. */
export function formatCacheUse({ cached, cacheable }: CacheUse): string {
  return cacheable === 0 ? 'no steps' : `${cached} of ${cacheable} ${cacheable === 1 ? 'step' : 'steps'}`;
}
