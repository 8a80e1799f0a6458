import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { Answer, Fault, InjectedFault, LoggedRequest } from '../support/ecr/exchange.ts';
import { FAST_INTERVALS, FAST_PAUSES } from '../support/job.ts';
import { readManifest } from '../support/oci.ts';
import { runnerCommands } from '../support/runner-commands.ts';

const toolchain = inject('toolchain');

let bed: Bed;
const faults: InjectedFault[] = [];
beforeAll(async () => {
  bed = await startBed(toolchain, { repositories: [{ name: 'app' }, { name: 'base' }] });
});
afterEach(async () => {
  for (const fault of faults.splice(0)) {
    fault.remove();
  }
  await bed.endJobs();
});
afterAll(() => bed.close());

const said = (code: string, message: string) => ({ errors: [{ code, message }] });
const EXPIRED = said('DENIED', 'Your authorization token has expired. Reauthenticate and try again.');
const UNAUTHORIZED = said('UNAUTHORIZED', 'authentication required');
const CHALLENGE = { 'www-authenticate': 'Basic realm="https://fake/",service="ecr.amazonaws.com"' };

/** Of the image, and not of the cache. */
const putImage = ({ action, method, path }: LoggedRequest) =>
  action === 'PutImage' && method === 'PUT' && !path.includes('buildcache');
const completeUpload = ({ action }: LoggedRequest) => action === 'CompleteLayerUpload';
const asksForToken = ({ action }: LoggedRequest) => action === 'GetAuthorizationToken';

/** It is gone after the test, however that ends. */
function faulty(fault: Fault): InjectedFault {
  const injected = bed.ecr.fault(fault);
  faults.push(injected);
  return injected;
}

async function digestAt(tag: string): Promise<string> {
  return (await readManifest({ registryUrl: bed.registry.url, repository: 'app', reference: tag })).digest;
}

/** Each of these makes BuildKit give up. The number is how many requests it sends until then. */
const PASSING: readonly (readonly [string, Answer, number])[] = [
  ['limits requests (429)', { status: 429, body: said('TOOMANYREQUESTS', 'Rate exceeded') }, 5],
  ['has an error of its own (500)', { status: 500, body: said('UNKNOWN', 'internal error') }, 8],
  ['is busy (503)', { status: 503 }, 8],
  ['answers late (504)', { status: 504 }, 8],
  ['cuts connections', 'reset', 4],
];

describe('a build is repeated when the registry', () => {
  it.each(PASSING)('%s while the manifest is put', async (name, answer, times) => {
    const tag = name.replaceAll(/\W+/g, '-');
    const job = await bed.job();
    const fault = faulty({ when: putImage, answer, times });
    const result = await job.step({ ...bed.inputs, imageTag: tag }, FAST_PAUSES);
    expect(result.code, result.output).toBe(0);
    expect(fault.hits()).toBe(times);
    expect(result.log).toMatch(/^… Building again in .* 1 of 5$/m);
    expect(result.outputs.imageDigest).toBe(await digestAt(tag));
  });

  it('says nothing any more', async () => {
    const job = await bed.job();
    const fault = faulty({ when: putImage, answer: { delayMs: 3_600_000 }, times: 1 });
    const result = await job.step({ ...bed.inputs, imageTag: 'silence' }, FAST_INTERVALS);
    expect(result.code, result.output).toBe(0);
    expect(fault.hits()).toBe(1);
    expect(result.log).toContain('… The push has not gone on for 10 min 0 s');
    expect(result.log).toContain('Building again');
    expect(result.outputs.imageDigest).toBe(await digestAt('silence'));
  });

  it('takes no layers for a moment', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN echo layers > /layers') } });
    const answer = { status: 429, body: said('TOOMANYREQUESTS', 'Rate exceeded') };
    const fault = faulty({ when: completeUpload, answer, times: 12 });
    const result = await job.step({ ...bed.inputs, imageTag: 'layers', cache: 'none' }, FAST_PAUSES);
    expect(result.code, result.output).toBe(0);
    expect(fault.hits()).toBe(12);
    expect(result.log).toContain('Building again');
    expect(result.outputs.imageDigest).toBe(await digestAt('layers'));
  });

  it('serves the base image badly for a moment', async () => {
    const base = `${bed.ecr.host}/base:1`;
    const first = await bed.job();
    await first.step({ ...bed.inputs, imageShortName: 'base', imageTag: '1', cache: 'none' });
    const job = await bed.job({ files: { Dockerfile: dockerfile(base, 'RUN echo over > /over') } });
    const fault = faulty({
      when: ({ path, kind }) => kind === 'registry' && path.startsWith('/v2/base/'),
      answer: { status: 503 },
      times: 6,
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'over', cache: 'none' }, FAST_PAUSES);
    expect(result.code, result.output).toBe(0);
    expect(fault.hits()).toBe(6);
    expect(result.log).toContain('Building again');
    expect(result.outputs.imageDigest).toBe(await digestAt('over'));
  });
});

describe('a push', () => {
  it('that has arrived, although the answer was lost, is there', async () => {
    const job = await bed.job();
    const fault = faulty({ when: putImage, answer: 'lost', times: 1 });
    const result = await job.step({ ...bed.inputs, imageTag: 'answer-lost' });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(fault.hits()).toBe(1);
    expect(result.outputs.imageDigest).toBe(await digestAt('answer-lost'));
  });
});

describe('a token that is refused in the middle', () => {
  it.each([
    ['as none (401)', { status: 401, headers: CHALLENGE, body: 'Not Authorized' }, 5],
    ['as the registry specification has it (401)', { status: 401, headers: CHALLENGE, body: UNAUTHORIZED }, 5],
    ['as expired (403)', { status: 403, body: EXPIRED }, 1],
  ] as const)('%s of a push is got anew', async (name, answer, times) => {
    const job = await bed.job();
    const fault = faulty({ when: putImage, answer, times });
    const tag = `token-${name.replaceAll(/\W+/g, '-')}`;
    const before = bed.ecr.requests.filter(asksForToken).length;
    const result = await job.step({ ...bed.inputs, imageTag: tag });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('with a new token');
    expect(bed.ecr.requests.filter(asksForToken).length - before).toBe(2);
    const pushes = bed.ecr.requests.filter((request) => putImage(request) && request.path.endsWith(`/${tag}`));
    const tokens = [...new Set(pushes.map(({ headers }) => headers.authorization?.replace('Basic ', '')))];
    expect(tokens).toHaveLength(2);
    // The runner takes no other commands while the build prints.
    const masks = runnerCommands(result.output).flatMap(({ name, data }) => (name === 'add-mask' ? [data] : []));
    expect(masks).toEqual(expect.arrayContaining(tokens));
    expect(fault.hits()).toBe(times);
    expect(result.outputs.imageDigest).toBe(await digestAt(tag));
  });

  it('of the preflight is got anew', async () => {
    const job = await bed.job();
    faulty({
      when: ({ action }) => action === 'InitiateLayerUpload',
      answer: { status: 403, body: EXPIRED },
      times: 1,
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'preflight' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).not.toContain('Building again');
  });

  it('is not asked for without end', async () => {
    const job = await bed.job();
    const fault = faulty({ when: putImage, answer: { status: 403, body: EXPIRED } });
    const result = await job.step({ ...bed.inputs, imageTag: 'refused' }, FAST_PAUSES);
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=push-unauthenticated');
    expect(result.errors[0]).toContain('It was built 3 times');
    expect(fault.hits()).toBe(3);
  });
});

describe('a build is not repeated', () => {
  it('when the registry would say the same', async () => {
    const job = await bed.job();
    const fault = faulty({
      when: putImage,
      answer: {
        status: 403,
        body: said(
          'DENIED',
          'User: arn:aws:iam::1:user/ci is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:x',
        ),
      },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'denied' });
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=push-denied');
    expect(result.log).not.toContain('Building again');
    expect(fault.hits()).toBe(1);
  });

  it('when a command fails', async () => {
    const job = await bed.job({
      files: {
        Dockerfile: dockerfile(bed.baseImage, 'RUN echo "failed to push a/b: toomanyrequests: Rate exceeded" && false'),
      },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'command' });
    expect(result.code).toBe(1);
    expect(result.log).not.toContain('Building again');
  });

  it('more than five times', async () => {
    const job = await bed.job();
    const answer = { status: 429, body: said('TOOMANYREQUESTS', 'Rate exceeded') };
    faulty({ when: putImage, answer });
    const result = await job.step({ ...bed.inputs, imageTag: 'throttled' }, FAST_PAUSES);
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=push-throttled');
    expect(result.log.match(/^… Building again/gm)).toHaveLength(5);
    expect(result.errors[0]).toContain('It was built 6 times');
    expect(result.errors[0]).toContain(`${bed.ecr.host}/app:throttled is not there`);
  });

  it('when it is cancelled meanwhile', async () => {
    const job = await bed.job();
    const answer = { status: 429, body: said('TOOMANYREQUESTS', 'Rate exceeded') };
    const fault = faulty({ when: putImage, answer });
    const cancellation = new AbortController();
    const running = job.step({ ...bed.inputs, imageTag: 'cancelled' }, { signal: cancellation.signal });
    while (fault.hits() < 5) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const before = bed.ecr.requests.length;
    setTimeout(() => cancellation.abort(), 500);
    const result = await running;
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=build-cancelled');
    expect(fault.hits()).toBe(5);
    // After the pause there would be a new token.
    const actions = bed.ecr.requests.slice(before).map(({ action }) => action);
    expect(actions).not.toContain('GetAuthorizationToken');
  });
});
