import { describe, expect, it } from 'vitest';
import { NO_RECORD } from '../../../src/buildkit/record.ts';
import { timelineOf } from '../../../src/report/timeline.ts';
import { capturedRecord, recordOf, step } from './records.ts';

/** Each bar in a line: where, what, state, `!` for critical, begin and length. */
function drawn({ bars }: ReturnType<typeof timelineOf>): string[] {
  return bars.map(({ lane, name, state, isCritical, offset, duration }) =>
    [lane || '-', name.slice(0, 24).trim(), `${state}${isCritical ? '!' : ''}`, `${offset}+${duration}`].join(' | '),
  );
}

describe('the timeline of a real build', () => {
  it('has its steps, and the export in two phases', async () => {
    const timeline = timelineOf(await capturedRecord('build'));
    expect(drawn(timeline)).toEqual([
      'build | FROM 127.0.0.1:5000/base | ran! | 19+13',
      'build | RUN echo "hello 1.2.3" & | ran! | 32+967',
      'build | RUN --mount=type=secret, | ran! | 1000+80',
      'stage-1 | COPY --from=build /bin/b | ran! | 1088+11',
      'stage-1 | COPY main.txt /app/main. | ran! | 1100+8',
      'export | exporting to image | ran! | 1110+107',
      'export | pushing layers and manif | ran! | 1217+54',
    ]);
    expect(timeline.duration).toBe(1271);
  });

  it('marks what came from the cache, and waits for the export of the cache', async () => {
    expect(drawn(timelineOf(await capturedRecord('cache-import-hit')))).toEqual([
      'cache | importing cache manifest | ran | 48+12',
      'build | FROM 127.0.0.1:5000/base | ran! | 51+7',
      'stage-1 | COPY --from=build /bin/b | cached! | 69+116',
      'build | RUN --mount=type=secret, | cached! | 69+0',
      'build | RUN echo "hello 9" && ec | cached! | 69+0',
      'stage-1 | COPY main.txt /app/main. | ran! | 185+9',
      'export | exporting to image | ran! | 196+23',
      'export | pushing layers and manif | ran | 219+47',
      'export | exporting cache to regis | ran! | 219+60',
    ]);
  });

  it('takes no cache that is missing for a failure', async () => {
    const { bars } = timelineOf(await capturedRecord('cache-import-miss'));
    expect(bars.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(bars.map(({ name }) => name)).toContain(
      'importing cache manifest from 127.0.0.1:5000/app:buildcache (there is none)',
    );
  });

  it('ends with the step that failed', async () => {
    expect(drawn(timelineOf(await capturedRecord('failing-run')))).toEqual([
      '- | FROM 127.0.0.1:5000/base | cached! | 19+3',
      '- | WORKDIR /w | ran! | 22+5',
      '- | RUN echo before && echo | failed! | 28+59',
    ]);
  });

  it('ends with a push that failed', async () => {
    const { bars } = timelineOf(await capturedRecord('push-denied'));
    expect(bars.at(-1)).toMatchObject({ name: 'pushing layers and manifest', state: 'failed', isCritical: true });
    expect(bars.filter(({ state }) => state === 'failed')).toHaveLength(1);
  });

  it('knows the platform of a step', async () => {
    const { bars } = timelineOf(await capturedRecord('two-platforms'));
    expect(bars.map(({ lane }) => lane)).toEqual(expect.arrayContaining(['linux/arm64', 'export']));
  });

  it('has no bar for a mistake in the syntax', async () => {
    expect(timelineOf(await capturedRecord('syntax-error')).bars).toEqual([]);
  });
});

describe('the timeline', () => {
  it('of no record is empty', () => {
    expect(timelineOf(NO_RECORD)).toEqual({ bars: [], duration: 0 });
    expect(timelineOf(recordOf(step('[1/2] RUN never', undefined)))).toEqual({ bars: [], duration: 0 });
  });

  it.each([
    ['[build 2/3] RUN a', 'build', 'RUN a'],
    ['[ 2/13] RUN a', '', 'RUN a'],
    ['[stage-1 12/13] RUN a', 'stage-1', 'RUN a'],
    ['[linux/arm64 2/3] RUN a', 'linux/arm64', 'RUN a'],
    ['[linux/arm/v7 build 2/3] RUN a', 'linux/arm/v7 build', 'RUN a'],
    ['[linux/amd64->arm64 build 2/3] RUN a', 'linux/amd64->arm64 build', 'RUN a'],
    ['[windows(10.0.1)/amd64 1/1] RUN a', 'windows(10.0.1)/amd64', 'RUN a'],
    ['[linux/amd64] generating sbom using x', 'linux/amd64', 'generating sbom using x'],
    ['[context base] load metadata for x', '', '[context base] load metadata for x'],
    ['docker-image://docker.io/docker/dockerfile:1', '', 'docker-image://docker.io/docker/dockerfile:1'],
    ['[3/3] RUN [1/2] x', '', 'RUN [1/2] x'],
  ])('says where %s belongs', (name, lane, what) => {
    expect(timelineOf(recordOf(step(name, [0, 1]))).bars[0]).toMatchObject({ lane, name: what });
  });

  it('hides what BuildKit does by itself, unless the build waits for it', () => {
    const steps = [
      step('[internal] load .dockerignore', [0, 0.5]),
      step('[linux/arm64 internal] load metadata for a', [0, 0.5]),
      step('[context ctx] load .dockerignore', [0, 0.5]),
      step('[internal] load build context', [0, 20]),
      step('[auth] sharing credentials for x', [0, 0.1]),
      step('[1/1] COPY . .', [20, 21], { inputs: ['sha256:[internal] load build context'] }),
    ];
    expect(drawn(timelineOf(recordOf(...steps)))).toEqual([
      '- | [internal] load build co | ran! | 0+20000',
      '- | COPY . . | ran! | 20000+1000',
    ]);
  });

  it('leaves out of the critical path what ran beside it', () => {
    const steps = [
      step('[a 1/1] FROM x', [0, 1]),
      step('[a 1/1] RUN slow', [1, 9], { inputs: ['sha256:[a 1/1] FROM x'] }),
      step('[b 1/1] RUN beside', [1, 8], { inputs: ['sha256:[a 1/1] FROM x'] }),
      step('[c 1/1] COPY', [9, 10], { inputs: ['sha256:[b 1/1] RUN beside', 'sha256:[a 1/1] RUN slow'] }),
    ];
    expect(timelineOf(recordOf(...steps)).bars.map(({ isCritical }) => isCritical)).toEqual([true, true, false, true]);
  });

  it('takes no step of the cache for what was waited for, only because it was asked for late', () => {
    const steps = [
      step('[build 1/1] RUN slow', [0, 4]),
      step('[docs 1/1] RUN docs', [5, 5], { cached: true }),
      step('[1/2] COPY build', [4, 4.5], { inputs: ['sha256:[build 1/1] RUN slow'] }),
      step('[2/2] COPY docs', [5, 6], { inputs: ['sha256:[docs 1/1] RUN docs', 'sha256:[1/2] COPY build'] }),
    ];
    const { bars } = timelineOf(recordOf(...steps));
    expect(bars.filter(({ isCritical }) => !isCritical).map(({ name }) => name)).toEqual(['RUN docs']);
  });

  it('waits through a step of the cache for what that had to wait for', () => {
    const steps = [
      step('[a 1/1] RUN slow', [0, 4]),
      step('[a 1/1] RUN same', [4, 4], { cached: true, inputs: ['sha256:[a 1/1] RUN slow'] }),
      step('[b 1/1] RUN beside', [0, 3]),
      step('[c 1/1] COPY', [4, 5], { inputs: ['sha256:[b 1/1] RUN beside', 'sha256:[a 1/1] RUN same'] }),
    ];
    const { bars } = timelineOf(recordOf(...steps));
    expect(bars.filter(({ isCritical }) => !isCritical).map(({ name }) => name)).toEqual(['RUN beside']);
  });

  it('ends where steps name each other as inputs', () => {
    const steps = [
      step('a', [0, 1], { inputs: ['sha256:b'] }),
      step('b', [0, 1], { inputs: ['sha256:a', 'sha256:b'] }),
    ];
    expect(timelineOf(recordOf(...steps)).bars).toHaveLength(2);
  });

  it('tells the same step of two machines apart', () => {
    const on = (platforms: string, seconds: readonly [number, number]) => [
      step('[1/2] FROM x', [0, seconds[0]], { platforms }),
      step('[2/2] RUN y', seconds, { platforms, inputs: ['sha256:[1/2] FROM x'] }),
    ];
    const { bars } = timelineOf(recordOf(...on('linux/amd64', [1, 2]), ...on('linux/arm64', [3, 9])));
    expect(bars.filter(({ isCritical }) => isCritical).map(({ lane }) => lane)).toEqual(['linux/arm64', 'linux/arm64']);
  });

  it('stops what had not ended when the build did', () => {
    const steps = [
      step('[1/2] RUN fails', [0, 2], { error: 'process "/bin/sh -c x" did not complete successfully: exit code: 1' }),
      step('[other 1/1] RUN runs', [1, 2], { completed: undefined }),
      step('[third 1/1] RUN runs', [1, 2], { error: 'context canceled' }),
    ];
    expect(timelineOf(recordOf(...steps)).bars.map(({ state }) => state)).toEqual(['failed', 'stopped', 'stopped']);
  });

  it.each([
    ['that ran', 1],
    ['of the cache', 0],
  ])('copes with a hundred thousand steps %s', (_, length) => {
    const steps = Array.from({ length: 100_000 }, (_, index) =>
      step(`[1/1] RUN ${index}`, [index, index + length], {
        cached: length === 0,
        inputs: [`sha256:[1/1] RUN ${index - 1}`],
      }),
    );
    expect(timelineOf(recordOf(...steps)).bars).toHaveLength(100_000);
  });
});
