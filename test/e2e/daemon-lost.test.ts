import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import type { LoggedRequest } from '../support/ecr/exchange.ts';
import type { Job } from '../support/job.ts';
import { daemonsOf, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 1001;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

async function expectNothingLeft(job: Job): Promise<void> {
  expect(await job.post()).toEqual({ code: 0, output: '' });
  expect(await traces(job)).toEqual([]);
  expect(sleepers(SECONDS)).toEqual([]);
}

describe('the daemon of this machine', () => {
  it.each([
    ['killed', 'SIGKILL', 'running server on'],
    ['ending by itself, with its stacks', 'SIGABRT', 'SIGABRT: abort'],
  ] as const)('is told of as lost during a RUN: %s', async (_, signal, lastLine) => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN sleep ${SECONDS}`) } });
    const step = refuse(job, bed, {});
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    const [daemon = 0] = daemonsOf(job);
    process.kill(daemon, signal);
    const { code, error, result } = await step;
    expect(code, error).toBe('daemon-lost');
    expect(error).toContain(`The BuildKit daemon (process ${daemon}) has ended during the build`);
    expect(error).toContain('It was not for want of memory.');
    expect(error).toContain(`At work then: [2/2] RUN sleep ${SECONDS}`);
    expect(error).toMatch(new RegExp(`Its last lines:\n[\\s\\S]*${lastLine}`));
    expect(error).not.toContain('goroutine 1 [');
    expect(result.summary).toContain(lastLine);
    expect(result.summary).toContain('#daemon-lost');
    await expectNothingLeft(job);
  });

  it.each([
    ['the push', 'none', /\/manifests\/v1\.0\.0$/, 'exporting to image'],
    [
      'the export of the cache, with the name of the image, which is there',
      'registry',
      /\/manifests\/buildcache/,
      'exporting cache to registry',
    ],
  ])('is told of as lost during %s', async (_, cache, path, work) => {
    const job = await bed.job();
    const isPut = ({ method, path: asked }: LoggedRequest, what: RegExp) => method === 'PUT' && what.test(asked);
    const waiting = bed.ecr.fault({ when: (request) => isPut(request, path), answer: { delayMs: 4_000 }, times: 1 });
    const step = refuse(job, bed, { cache });
    await waitFor(() => waiting.hits() > 0, work);
    // The image and the cache are pushed at the same time: what else there is to do has time to come to its end.
    await sleep(1_000);
    process.kill(daemonsOf(job)[0] ?? 0, 'SIGKILL');
    const { code, error } = await step;
    expect(code, error).toBe('daemon-lost');
    expect(error).toContain(`At work then: ${work}\n`);
    expect(error).toContain('Its last lines:\n');
    expect(/^Pushed before: \S+\/app:v1\.0\.0@sha256:/m.test(error)).toBe(cache === 'registry');
    await expectNothingLeft(job);
  });

  it('shows none of the secrets of the build', async () => {
    const value = 'fake-build-secret-value';
    const job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo ${value} >/dev/null; sleep ${SECONDS}`) },
    });
    const step = refuse(job, bed, { secrets: `one=${value}` });
    await waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    process.kill(daemonsOf(job)[0] ?? 0, 'SIGKILL');
    const { code, error } = await step;
    expect([code, error]).toEqual(['daemon-lost', expect.stringContaining('RUN echo *** >/dev/null; sleep')]);
    expect(error).not.toContain(value);
    await expectNothingLeft(job);
  });
});
