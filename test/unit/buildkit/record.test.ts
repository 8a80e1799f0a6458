import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeTransfers } from '../../../src/buildkit/live.ts';
import { linesOf, NO_RECORD, readRecord } from '../../../src/buildkit/record.ts';
import { makeDirectory } from '../job.ts';

const TRACE = join(import.meta.dirname, '../../fixtures/trace/cache-import-hit.jsonl');
const base64 = (text: string) => Buffer.from(text).toString('base64');

function vertex(values: object): string {
  return JSON.stringify({ vertexes: [{ digest: 'sha256:1', name: '[1/2] RUN a', ...values }] });
}

describe('the record of a build', () => {
  it('has the steps and transfers of a real one', async () => {
    const { steps, warnings } = await readRecord(linesOf(TRACE));
    const copied = steps.find(({ name }) => name.startsWith('[stage-1 2/3] COPY'));
    expect(copied).toMatchObject({ cached: true, error: undefined });
    expect(copied?.transfers.slice(0, 3).map(({ current, total }) => [current, total])).toEqual([
      [3504, 3504],
      [1064328, 1064328],
      [1064328, 1064328],
    ]);
    expect(steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['exporting to image', 'exporting cache to registry']),
    );
    expect(steps.every(({ started, completed }) => started !== undefined && completed !== undefined)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('leaves out the output of steps, however it is cut into pieces', async () => {
    const file = join(await makeDirectory(), 'trace.jsonl');
    const output = `{"logs":[{"data":"${'x'.repeat(700_000)}"}]}\n`;
    await writeFile(file, `a\n${output}b ü\n${output}${output}{"statuses":[]}\nlast`);
    expect(await Array.fromAsync(linesOf(file))).toEqual(['a', 'b ü', '{"statuses":[]}', 'last']);
  });

  it('takes the last that is said of a step, and the first time that it began', async () => {
    const { steps } = await readRecord([
      vertex({ inputs: ['sha256:0'] }),
      vertex({ started: '2026-01-01T00:00:01Z', completed: '2026-01-01T00:00:02Z' }),
      vertex({ started: '2026-01-01T00:00:05Z', name: '[1/2]  RUN a\n  b' }),
      vertex({ started: '2026-01-01T00:00:05Z', completed: '2026-01-01T00:00:09.5Z', error: 'exit code: 1' }),
    ]);
    const second = Date.parse('2026-01-01T00:00:00Z');
    expect(steps).toMatchObject([
      { inputs: ['sha256:0'], started: second + 1000, completed: second + 9500, error: 'exit code: 1', cached: false },
    ]);
  });

  it('has warnings with their place', async () => {
    const warning = {
      short: base64('FromAsCasing: casing (line 3)'),
      detail: [base64('more')],
      url: 'https://example.com/rule',
      sourceInfo: { filename: 'Dockerfile' },
      range: [{ start: { line: 3 }, end: { line: 4 } }],
    };
    expect((await readRecord([JSON.stringify({ warnings: [warning] })])).warnings).toEqual([
      {
        short: 'FromAsCasing: casing (line 3)',
        detail: ['more'],
        url: 'https://example.com/rule',
        file: 'Dockerfile',
        start: 3,
        end: 4,
      },
    ]);
  });

  it('passes over what it does not understand, such as half a line', async () => {
    expect(await readRecord(['{"vertexes":[{', '', '[]', 'null', '{"vertexes":7}'])).toEqual(NO_RECORD);
  });
});

describe('what is said while a transfer goes on', () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const recordOf = (statuses: readonly object[], completed?: string) =>
    readRecord([
      vertex({ started: '2026-01-01T00:00:00Z', ...(completed === undefined ? {} : { completed }) }),
      JSON.stringify({
        statuses: statuses.map((status) => ({ vertex: 'sha256:1', started: '2026-01-01T00:00:00Z', ...status })),
      }),
    ]);

  it.each<readonly [string, readonly object[], number, string[]]>([
    ['nothing in the first five seconds', [{ id: 'a', current: 5, total: 10 }], 4_900, []],
    [
      'amount, total and rate',
      [
        { id: 'sha256:a', current: 20e6, total: 30e6 },
        { id: 'sha256:b', current: 5e6, total: 20e6 },
      ],
      10_000,
      ['[1/2] RUN a: 25.0 MB of 50.0 MB, 2.5 MB/s'],
    ],
    [
      'no total where there is none',
      [{ id: 'transferring context:', current: 20e6 }],
      10_000,
      ['[1/2] RUN a: 20.0 MB, 2.0 MB/s'],
    ],
    [
      'how long something takes that has no bytes',
      [{ id: 'exporting layers', current: 0 }],
      12_000,
      ['[1/2] RUN a: exporting layers (12 s)'],
    ],
    ['nothing of what has ended', [{ id: 'a', current: 5e6, completed: '2026-01-01T00:00:05Z' }], 20_000, []],
  ])('is %s', async (_, statuses, elapsed, expected) => {
    expect(describeTransfers(await recordOf(statuses), { now: start + elapsed, before: undefined })).toEqual(expected);
  });

  it('is the rate since the line before', async () => {
    const before = { moved: new Map([['sha256:1', 20e6]]), at: start + 10_000 };
    const record = await recordOf([{ id: 'a', current: 26e6, total: 30e6 }]);
    expect(describeTransfers(record, { now: start + 20_000, before })).toEqual([
      '[1/2] RUN a: 26.0 MB of 30.0 MB, 600.0 kB/s',
    ]);
  });

  it('is nothing of a step that has ended', async () => {
    const record = await recordOf([{ id: 'a', current: 26e6 }], '2026-01-01T00:00:05Z');
    expect(describeTransfers(record, { now: start + 20_000, before: undefined })).toEqual([]);
  });
});
