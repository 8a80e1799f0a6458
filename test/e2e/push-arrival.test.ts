import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { LoggedRequest } from '../support/ecr/exchange.ts';
import { FAST } from '../support/job.ts';
import { readManifest } from '../support/oci.ts';

const toolchain = inject('toolchain');

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain, { repositories: [{ name: 'app' }] });
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

const putsTag = (tag: string) => (request: LoggedRequest) =>
  request.action === 'PutImage' && request.method === 'PUT' && request.path.endsWith(`/${tag}`);

function readsManifest({ method, path }: LoggedRequest): boolean {
  return method === 'GET' && path.startsWith('/v2/app/manifests/');
}

const NOTHING = { status: 404, body: { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' }] } };

async function other(text: string) {
  return bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo ${text} > /text`) } });
}

describe('when one of several names cannot be written', () => {
  it('the error tells what each of them is', async () => {
    await (await other('before')).step({ ...bed.inputs, imageTag: 'two' });
    const { digest: before } = await readManifest({
      registryUrl: bed.registry.url,
      repository: 'app',
      reference: 'two',
    });
    const job = await other('after');
    const fault = bed.ecr.fault({
      when: putsTag('two'),
      answer: { status: 400, body: { errors: [{ code: 'UNSUPPORTED', message: 'Invalid parameter' }] } },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'one, two, three' });
    fault.remove();
    const { digest } = await readManifest({ registryUrl: bed.registry.url, repository: 'app', reference: 'one' });
    expect(result.code).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]?.split('\n')).toEqual(
      expect.arrayContaining([
        'What is there now:',
        `${bed.ecr.host}/app:one is this image (${digest})`,
        `${bed.ecr.host}/app:two is another image (${before})`,
        `${bed.ecr.host}/app:three is not there`,
      ]),
    );
  });

  it('and the registry does not answer any more, it says that', async () => {
    const job = await other('silent');
    const refusal = { status: 400, body: { errors: [{ code: 'UNSUPPORTED', message: 'Invalid parameter' }] } };
    const put = bed.ecr.fault({ when: putsTag('silent'), answer: refusal });
    const read = bed.ecr.fault({
      when: (request) => put.hits() > 0 && readsManifest(request),
      answer: { status: 403 },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'silent' });
    put.remove();
    read.remove();
    expect(result.errors[0]).toContain(`${bed.ecr.host}/app:silent cannot be read`);
  });
});

describe('after the push', () => {
  it('an image that the registry has lost fails the step', async () => {
    const job = await other('lost');
    const pushed: LoggedRequest[] = [];
    const fault = bed.ecr.fault({
      when: (request) => {
        if (putsTag('lost')(request)) {
          pushed.push(request);
        }
        return pushed.length > 0 && readsManifest(request);
      },
      answer: NOTHING,
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'lost' }, FAST);
    fault.remove();
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=push-lost');
    expect(result.errors[0]).toContain(`${bed.ecr.host}/app:lost was pushed, but the registry does not have it.`);
    expect(result.outputs.imageDigest).toBeUndefined();
  });

  it('a tag that another job has moved is a warning', async () => {
    await (await other('theirs')).step({ ...bed.inputs, imageTag: 'theirs' });
    const theirs = await readManifest({ registryUrl: bed.registry.url, repository: 'app', reference: 'theirs' });
    const job = await other('ours');
    const pushed: LoggedRequest[] = [];
    // As if the other job had pushed in the moment after.
    const fault = bed.ecr.fault({
      when: (request) => {
        if (putsTag('moved')(request)) {
          pushed.push(request);
        }
        return pushed.length > 0 && request.method === 'GET' && request.path.endsWith('/manifests/moved');
      },
      answer: { status: 200, headers: { 'content-type': theirs.mediaType }, body: theirs.bytes.toString() },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'moved' });
    fault.remove();
    expect(result.code, result.output).toBe(0);
    expect(result.warnings).toEqual([
      `${bed.ecr.host}/app:moved is ${theirs.digest} by now: another job has pushed that tag. The image of this step is ${result.outputs.imageDigest}.`,
    ]);
  });

  it.each(['truncated', 'reset'] as const)('an answer that breaks off (%s) is asked for again', async (answer) => {
    const job = await other(answer);
    const fault = bed.ecr.fault({ when: readsManifest, answer, times: 2 });
    const result = await job.step({ ...bed.inputs, imageTag: answer });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(fault.hits()).toBe(2);
  });

  it('a registry that cannot be read is a warning', async () => {
    const job = await other('unread');
    const pushed: LoggedRequest[] = [];
    const fault = bed.ecr.fault({
      when: (request) => {
        if (putsTag('unread')(request)) {
          pushed.push(request);
        }
        return pushed.length > 0 && readsManifest(request);
      },
      answer: { status: 403, body: { errors: [{ code: 'DENIED', message: 'not today' }] } },
    });
    const result = await job.step({ ...bed.inputs, imageTag: 'unread' });
    fault.remove();
    expect(result.code, result.output).toBe(0);
    expect(result.warnings.join('\n')).toContain(`${bed.ecr.host}/app:unread was pushed, but cannot be read back`);
  });
});
