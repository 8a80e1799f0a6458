import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildRecord, readRecord, type Step } from '../../../src/buildkit/record.ts';

const TRACES = join(import.meta.dirname, '../../fixtures/trace');

/** What BuildKit has really written. */
export async function capturedRecord(name: string): Promise<BuildRecord> {
  return readRecord((await readFile(join(TRACES, `${name}.jsonl`), 'utf8')).split('\n'));
}

/** A step that ran from one second to another. */
export function step(name: string, seconds: readonly [number, number] | undefined, more: Partial<Step> = {}): Step {
  return {
    digest: `sha256:${name}`,
    name,
    inputs: [],
    started: seconds === undefined ? undefined : 1_000_000 + seconds[0] * 1000,
    completed: seconds === undefined ? undefined : 1_000_000 + seconds[1] * 1000,
    cached: false,
    error: undefined,
    transfers: [],
    ...more,
  };
}

export function recordOf(...steps: readonly Step[]): BuildRecord {
  return { steps, warnings: [] };
}
