import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { Fault } from '../support/ecr/exchange.ts';
import type { Job, StepResult } from '../support/job.ts';
import { buildLegs } from '../support/legs.ts';
import { readManifest } from '../support/oci.ts';
import { stopStep } from '../support/stopping.ts';
import { endSleepers, sleepers } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

/** As no other test sleeps. */
const SECONDS = 2600;
/** Milliseconds that what hangs would take: more than the runner waits. */
const LONG = 20_000;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    repositories: [{ name: 'app' }, { name: 'merged' }, { name: 'scanned' }],
  });
});
afterEach(async () => {
  endSleepers(SECONDS);
  await bed.endJobs();
});
afterAll(() => bed.close());

const put = (tag: string): Fault['when'] => {
  return ({ method, path }) => method === 'PUT' && path.endsWith(`/manifests/${tag}`);
};

interface Given {
  readonly job?: Job;
  readonly inputs: Readonly<Record<string, string>>;
  readonly action?: 'merge';
  /** What ECR's stand-in does not answer. */
  readonly silent: Fault['when'];
}

/** Cancels a step, as the runner does it, when it waits for an answer. */
async function cancelWhereSilent({ job, inputs, silent, ...options }: Given): Promise<StepResult> {
  const fault = bed.ecr.fault({ when: silent, answer: { delayMs: LONG } });
  const hangs = () => waitFor(() => fault.hits() > 0, 'the request');
  const { result, signals } = await stopStep(job ?? (await bed.job()), inputs, { ...options, way: 'cancelled', hangs });
  fault.remove();
  expect(signals).toEqual(['SIGINT']);
  expect(result.output).toContain('title=build-cancelled');
  return result;
}

const digestAt = async (repository: string, reference: string): Promise<string> =>
  (await readManifest({ registryUrl: bed.registry.url, repository, reference })).digest;

it('a push that is cancelled between two names tells what each is', async () => {
  const inputs = { ...bed.inputs, imageTag: 'first, second' };
  const { errors } = await cancelWhereSilent({ inputs, silent: put('second') });
  const digest = await digestAt('app', 'first');
  expect(errors[0]).toContain('The step was cancelled.\nWhat is there now:\n');
  expect(errors[0]).toContain(`${bed.ecr.host}/app:first is this image (${digest})`);
  expect(errors[0]).toContain(`${bed.ecr.host}/app:second is not there`);
});

it('a push that is cancelled while the registry answers nothing ends all the same', async () => {
  const inputs = { ...bed.inputs, imageTag: 'silent' };
  let isPushed = false;
  const silent: Fault['when'] = (request) => {
    isPushed ||= put('silent')(request);
    return isPushed && request.path.endsWith('/manifests/silent');
  };
  const { errors } = await cancelWhereSilent({ inputs, silent });
  expect(errors[0]).toContain(`${bed.ecr.host}/app:silent cannot be read`);
});

it('a step that is cancelled after its push, while the registry does not answer, tells so', async () => {
  let isPushed = false;
  const silent: Fault['when'] = (request) => {
    const isAsked = isPushed && request.method === 'GET' && request.path.endsWith('/manifests/unread');
    isPushed ||= put('unread')(request);
    return isAsked;
  };
  const { errors } = await cancelWhereSilent({ inputs: { ...bed.inputs, imageTag: 'unread' }, silent });
  expect(errors[0]).toContain(`${bed.ecr.host}/app:unread cannot be read`);
});

it('a push that is cancelled before it is repeated tells what each name is', async () => {
  const answer = { status: 429, body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}' };
  const refusing = bed.ecr.fault({ when: put('second'), answer });
  const cancellation = new AbortController();
  const job = await bed.job();
  const running = job.step({ ...bed.inputs, imageTag: 'repeated, second' }, { signal: cancellation.signal });
  // BuildKit itself asks five times.
  await waitFor(() => refusing.hits() === 5, 'the end of the push');
  setTimeout(() => cancellation.abort(), 500);
  const { errors } = await running;
  refusing.remove();
  expect(errors[0]).toContain(`${bed.ecr.host}/app:repeated is this image (${await digestAt('app', 'repeated')})`);
});

it('a build that is cancelled before its push tells nothing of names', async () => {
  const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN sleep ${SECONDS}`) } });
  const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
  const { result } = await stopStep(job, bed.inputs, { way: 'cancelled', hangs });
  expect(result.errors[0]).toMatch(/^The step was cancelled\.\nNothing has to be changed/);
  // Nor is a line of the Dockerfile to blame.
  expect(result.output).toContain('::error title=build-cancelled::');
  expect(result.log).not.toContain('>>>');
});

it('a scan that is cancelled tells where the image is', async () => {
  bed.ecr.addScan({ repository: 'scanned', answers: [{ status: 'IN_PROGRESS' }] });
  const inputs = { ...bed.inputs, imageShortName: 'scanned', scanFailOn: 'high' };
  const silent: Fault['when'] = ({ action }) => action === 'DescribeImageScanFindings';
  const { errors } = await cancelWhereSilent({ inputs, silent });
  const [, digest = ''] = /scanned@(sha256:[0-9a-f]{64}) is this image/.exec(errors[0] ?? '') ?? [];
  expect(await digestAt('scanned', digest)).toBe(digest);
});

it('a merge that is cancelled between two names tells what each is', async () => {
  await buildLegs(bed, 'merged', (arch) => ({ imageTag: `v1-${arch}` }));
  const { awsRegion = '', awsCredentials = '' } = bed.inputs;
  const inputs = {
    imageShortName: 'merged',
    imageTag: 'first, second',
    awsRegion,
    awsCredentials,
    sources: 'v1-amd64\nv1-arm64',
  };
  const { errors } = await cancelWhereSilent({ inputs, action: 'merge', silent: put('second') });
  expect(errors[0]).toContain(`${bed.ecr.host}/merged:first is this image (${await digestAt('merged', 'first')})`);
  expect(errors[0]).toContain(`${bed.ecr.host}/merged:second is not there`);
});
