import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH, cachedSteps, cacheTags, foundSteps, runJob } from '../support/cache.ts';
import type { Answer, InjectedFault } from '../support/ecr/exchange.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';

const repositories = ['denied', 'throttled', 'refused', 'reset', 'unread', 'broken'].map((name) => ({ name }));

let bed: Bed;
const faults: InjectedFault[] = [];
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories });
});
afterEach(() => {
  for (const fault of faults.splice(0)) {
    fault.remove();
  }
});
afterAll(() => bed.close());

/** Registry requests for manifests of caches, and for nothing else. */
function failCaches(methods: readonly string[], answer: Answer): InjectedFault {
  const when = ({ kind, method, path }: { kind: string; method: string; path: string }) =>
    kind === 'registry' && methods.includes(method) && path.includes('/manifests/buildcache');
  const fault = bed.ecr.fault({ when, answer });
  faults.push(fault);
  return fault;
}

const said = (code: string, message: string) => ({ errors: [{ code, message }] });

it.each<[string, Answer, RegExp]>([
  ['denied', { status: 403, body: said('DENIED', 'User: ci is not authorized to perform: ecr:PutImage') }, /PutImage/],
  ['throttled', { status: 429, body: said('TOOMANYREQUESTS', 'Rate exceeded') }, /Rate exceeded/],
  ['refused', { status: 400, body: said('MANIFEST_INVALID', 'Layers Digest Mismatch') }, /Layers Digest Mismatch/],
])('an export that is %s is a warning, and the image is complete', async (repository, answer, reason) => {
  const fault = failCaches(['PUT'], answer);
  const result = await runJob(bed, { imageShortName: repository });
  expect(fault.hits(), result.output).toBeGreaterThan(0);
  expect(result).toMatchObject({ code: 0, errors: [], outputs: { imagePushed: 'true' } });
  expect(result.warnings).toEqual([
    expect.stringMatching(/^The image is complete, but its cache could not be exported: /),
  ]);
  expect(result.warnings[0]).toMatch(reason);
  expect(await cacheTags(bed, repository)).toEqual([]);
  const image = { registryUrl: bed.registry.url, repository, reference: 'v1.0.0' };
  expect((await readManifest(image)).digest).toBe(result.outputs.imageDigest);
  expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
});

it.each<[string, Answer]>([
  ['denied', { status: 403, body: said('DENIED', 'User: ci is not authorized to perform: ecr:BatchGetImage') }],
  ['cut off', 'reset'],
])('an import that is %s is no failure and no annotation, and the build does all steps', async (_, answer) => {
  await runJob(bed, { imageShortName: 'unread' });
  const fault = failCaches(['HEAD', 'GET'], answer);
  const event = { name: 'push', ref: 'refs/heads/feature' };
  const result = await runJob(bed, { imageShortName: 'unread', imageTag: 'again' }, { event });
  expect(fault.hits(), result.output).toBeGreaterThan(0);
  expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(cachedSteps(result.log)).toEqual([]);
  expect(foundSteps(result.log)).toBe('0 of 1 step');
});

it('a cache that is something else is no failure', async () => {
  const { imageDigest = '' } = (await runJob(bed, { imageShortName: 'broken', cache: 'none' })).outputs;
  const image = { registryUrl: bed.registry.url, repository: 'broken' };
  const { bytes, mediaType } = await readManifest({ ...image, reference: imageDigest });
  const put = await fetch(`${image.registryUrl}/v2/broken/manifests/buildcache-${ARCH}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: new Uint8Array(bytes),
  });
  expect(put.status).toBe(201);
  const result = await runJob(bed, { imageShortName: 'broken', imageTag: 'again' });
  expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(foundSteps(result.log)).toBe('0 of 1 step');
});
