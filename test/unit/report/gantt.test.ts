import { array, assert, asyncProperty, constantFrom, integer, oneof, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/buildkit/record.ts';
import { ganttChart } from '../../../src/report/gantt.ts';
import { timelineOf } from '../../../src/report/timeline.ts';
import { readGantt } from '../../support/mermaid.ts';
import { capturedRecord, recordOf, step } from './records.ts';

/** GitHub draws no longer block. */
const LIMIT = 50_000;

async function chartOf(...steps: readonly Step[]) {
  const chart = ganttChart(timelineOf(recordOf(...steps)));
  const text = chart.lines.join('\n');
  return { ...chart, text, ...(await readGantt(text)) };
}

describe('a chart', () => {
  it('is understood by Mermaid as it is meant', async () => {
    const text = ganttChart(timelineOf(await capturedRecord('cache-import-hit'))).lines.join('\n');
    const { tasks } = await readGantt(text);
    expect(
      tasks.map(({ section, task, crit, done, startTime, endTime }) =>
        [
          section,
          task,
          [done && 'done', crit && 'crit'].filter(Boolean).join(),
          startTime.getMilliseconds(),
          Number(endTime) - Number(startTime),
        ].join(' | '),
      ),
    ).toMatchInlineSnapshot(`
      [
        "cache | 12 ms importing cache manifest from app∶buildcache |  | 48 | 12",
        "build | 7 ms FROM base∶latest | crit | 51 | 7",
        "build | cached 0 ms RUN echo "secret length∶ $(wc -c ‹ /run/secrets/tok)" | done,crit | 69 | 1",
        "build | cached 0 ms RUN echo "hello 9" && echo "to stderr" >&2 && for i in … | done,crit | 69 | 1",
        "stage-1 | cached 0.1 s COPY --from=build /bin/busybox /opt/bb | done,crit | 69 | 116",
        "stage-1 | 9 ms COPY main.txt /app/main.txt | crit | 185 | 9",
        "export | 23 ms exporting to image | crit | 196 | 23",
        "export | 60 ms exporting cache to registry | crit | 219 | 60",
        "export | 47 ms pushing layers and manifest |  | 219 | 47",
      ]
    `);
  });

  it('tells a failed step from the others', async () => {
    const text = ganttChart(timelineOf(await capturedRecord('failing-run'))).lines.join('\n');
    const { tasks } = await readGantt(text);
    expect(tasks.map(({ active, crit }) => [Boolean(active), Boolean(crit)])).toEqual([
      [false, true],
      [false, true],
      [true, true],
    ]);
    expect(tasks.at(-1)?.task).toBe('failed after 59 ms RUN echo before && echo "about to fail" >&2 && exit 42');
  });

  it.each(['UTC', 'Asia/Kolkata', 'America/St_Johns'])('begins with zero, also for a reader in %s', async (zone) => {
    process.env.TZ = zone;
    const { tasks } = await chartOf(step('[1/1] RUN a', [0, 61]));
    expect(tasks[0]?.startTime.getHours()).toBe(0);
    expect(tasks[0]?.startTime.getMinutes()).toBe(0);
    delete process.env.TZ;
  });

  it('has a bar for steps that ran beside each other no longer than they took together', async () => {
    const short = Array.from({ length: 20 }, (_, index) => step(`[build ${index}/30] RUN short ${index}`, [0, 0.05]));
    const { tasks } = await chartOf(...short, step('[other 1/1] RUN long', [1, 60]));
    expect(tasks.map(({ task }) => task)).toContain('50 ms 20 short steps');
  });

  it('has the colour of what the end waited for where that is most of a bar for several', async () => {
    const chain = Array.from({ length: 100 }, (_, index) =>
      step(`[build ${index}/100] RUN short ${index}`, [index / 100, (index + 1) / 100], {
        digest: `sha256:${index}`,
        inputs: index === 0 ? [] : [`sha256:${index - 1}`],
      }),
    );
    const { tasks } = await chartOf(...chain);
    expect(tasks.some(({ task, crit }) => /short steps/.test(task) && crit)).toBe(true);
  });

  it('has one bar for the short steps of a stage, and says how many', async () => {
    const short = Array.from({ length: 20 }, (_, index) =>
      step(`[build ${index}/30] RUN short ${index}`, [index / 100, index / 100 + 0.01], { cached: index < 5 }),
    );
    const { tasks, joined } = await chartOf(...short, step('[build 21/30] RUN long', [1, 60]));
    expect(tasks.map(({ task }) => task)).toEqual(['0.2 s 15 short and 5 cached steps', '59 s RUN long']);
    expect(joined).toBe(20);
  });

  it.each([
    [0.2, '%-S.%L s', '50millisecond'],
    [3, '%-S.%L s', '500millisecond'],
    [40, '%-S s', '5second'],
    [600, '%-M min %S s', '2minute'],
    [90_000, '%-H h %M min', '240minute'],
  ])('has an axis for %d seconds', async (seconds, format, interval) => {
    const { lines } = await chartOf(step('[1/1] RUN a', [0, seconds]));
    expect(lines).toEqual(expect.arrayContaining([`axisFormat ${format}`, `tickInterval ${interval}`]));
  });

  it('leaves out of a label what nobody reads', async () => {
    const names = [
      `[1/2] FROM 127.0.0.1:5000/base/node:20@sha256:${'0a'.repeat(32)}`,
      `[2/2] FROM node@sha256:${'0a'.repeat(32)}`,
      '[2/2] RUN --mount=type=cache,target=/x --network=none npm ci',
    ];
    const { tasks } = await chartOf(...names.map((name) => step(name, [0, 1])));
    expect(tasks.map(({ task }) => task)).toEqual([
      '1.0 s FROM base/node∶20',
      '1.0 s FROM node@0a0a0a0a0a0a',
      '1.0 s RUN npm ci',
    ]);
  });

  it('stays small for any number of stages and steps', async () => {
    const steps = Array.from({ length: 5000 }, (_, index) =>
      step(`[linux/arm64 stage-${index % 700} 1/9] RUN ${'long '.repeat(200)}${index}`, [index, index + (index % 13)]),
    );
    const { text, tasks } = await chartOf(...steps);
    expect(text.length).toBeLessThan(8000);
    expect(tasks.length).toBeLessThan(60);
  });
});

const EVIL = [
  'section x',
  'click a href "javascript:alert(1)"',
  'title x',
  'dateFormat x',
  '%%{init: {"securityLevel": "loose"}}%%',
  '%% comment',
  '```',
  '~~~',
  '</code></pre><script>alert(1)</script>',
  ':::crit',
  ': crit, 0, 1',
  ';',
  '#',
  '#quot;',
  '&lt;',
  'after a1',
  '2014-01-01',
  'todayMarker off',
  'excludes weekends',
  'accTitle: x',
  '$$x$$',
  '🚀👩‍👩‍👧',
  '\u202Eevil',
  '\ud800',
  '|',
  '---',
  'vert',
  'x'.repeat(1_000_000),
];

describe('whatever a step is called', () => {
  const hostile = oneof(constantFrom(...EVIL), string({ unit: 'binary' }), string());
  const name = array(hostile, { minLength: 1, maxLength: 4 }).chain((parts) =>
    constantFrom('', '[build 1/2] ', '[linux/arm64 1/2] ', `[${parts[0]?.slice(0, 40)} 1/2] `).map(
      (prefix) => prefix + parts.join(' '),
    ),
  );
  const steps = array(record({ name, begin: integer({ min: 0, max: 9 }), length: integer({ min: 0, max: 90 }) }), {
    minLength: 1,
    maxLength: 30,
  });

  it('the chart has as many bars as without it, and no setting but its own', async () => {
    await assert(
      asyncProperty(steps, async (given) => {
        const named = given.map((each, index) =>
          step(each.name, [each.begin, each.begin + each.length], { digest: String(index) }),
        );
        const timeline = timelineOf(recordOf(...named));
        const { lines } = ganttChart(timeline);
        const { tasks, config } = await readGantt(lines.join('\n'));
        const bars = lines.filter((line) => /^(?:\d|cached|failed|stopped).*:/.test(line));
        expect(tasks).toHaveLength(timeline.bars.length === 0 ? 0 : bars.length);
        expect(Object.keys(config).toSorted()).toEqual(['gantt', 'themeVariables']);
        expect(lines.every((line) => !/[\r\n`<{}]/.test(line.replace(/^%%.*%%$/, '')))).toBe(true);
        expect(lines.join('\n').length).toBeLessThan(LIMIT);
      }),
      { numRuns: 200 },
    );
  });
});
