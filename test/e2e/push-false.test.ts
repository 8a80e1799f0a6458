import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

it('builds with no AWS at all', async () => {
  const job = await bed.job({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } });
  const result = await job.step({
    imageShortName: 'app',
    imageTag: 'v1',
    push: 'false',
    buildkitPath: bed.toolchain.directory,
  });
  expect(result.code, result.output).toBe(0);
  expect(result.outputs).toMatchObject({
    imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    imageTags: '',
    imagePushed: 'false',
    imageFullNameTag: '',
    imageFullNameDigest: '',
  });
  expect(result.summary).toContain('| Built, not pushed | ');
  expect(bed.ecr.requests).toEqual([]);
});

it('asks nobody although the environment has keys, because none are given to the step', async () => {
  const job = await bed.job({ env: { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE00NOBODY0', AWS_SECRET_ACCESS_KEY: 'fake' } });
  const result = await job.step({ ...bed.inputs, awsCredentials: '', push: 'false' });
  expect(result.code, result.output).toBe(0);
  expect(bed.ecr.requests).toEqual([]);
});

it('knows the digest that a push of the same build has, and the names when a registry is known', async () => {
  const job = await bed.job();
  const built = await job.step({ ...bed.inputs, push: 'false' });
  expect(built.outputs).toMatchObject({
    imageFullNameTag: `${bed.ecr.host}/app:v1.0.0`,
    imageFullNameDigest: `${bed.ecr.host}/app@${built.outputs.imageDigest}`,
    imageTags: '',
  });
  // The cache may be read, but nothing is written.
  expect(
    bed.ecr.requests.filter(({ kind, method }) => kind === 'registry' && method !== 'HEAD' && method !== 'GET'),
  ).toEqual([]);
  const pushed = await job.step(bed.inputs);
  expect(pushed.outputs.imageDigest).toBe(built.outputs.imageDigest);
});
