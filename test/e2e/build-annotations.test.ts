import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { build, memberOf, readImage, readIndex, refuse } from '../support/built.ts';
import { HARD_VALUES, lines } from '../support/hard-values.ts';

const MULTI = { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' };
const PLATFORMS = 'linux/amd64,linux/arm64';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

it('annotates the manifest of an image, with values as they are', async () => {
  const { image } = await build(bed, { annotations: lines(HARD_VALUES, 'com.example.') });
  const expected = Object.entries(HARD_VALUES).map(([key, value]) => [`com.example.${key}`, value]);
  expect((await readImage(image)).annotations).toEqual(Object.fromEntries(expected));
});

it('annotates the index, with values as they are', async () => {
  const { image } = await build(
    bed,
    { platforms: PLATFORMS, annotations: lines(HARD_VALUES, 'index:com.example.') },
    MULTI,
  );
  const expected = Object.entries(HARD_VALUES).map(([key, value]) => [`com.example.${key}`, value]);
  expect((await readIndex(image)).annotations).toEqual(Object.fromEntries(expected));
  expect((await readImage(await memberOf(image, 'arm64'))).annotations).toBeUndefined();
});

it('annotates index, manifests and descriptors of one platform or all, as they are named', async () => {
  const annotations = [
    'on-manifests=1',
    'index,manifest:on-both=2',
    'manifest[linux/arm64]:on-arm=3',
    'manifest-descriptor:on-descriptors=4',
    'manifest-descriptor[linux/amd64]:on-descriptor=5',
  ].join('\n');
  const { image } = await build(bed, { platforms: PLATFORMS, annotations }, MULTI);
  const index = await readIndex(image);
  expect(index.annotations).toEqual({ 'on-both': '2' });
  expect(index.manifests.map((entry) => [entry.platform?.architecture, entry.annotations])).toEqual([
    ['amd64', { 'on-descriptors': '4', 'on-descriptor': '5' }],
    ['arm64', { 'on-descriptors': '4' }],
  ]);
  expect((await readImage(await memberOf(image, 'amd64'))).annotations).toEqual({
    'on-manifests': '1',
    'on-both': '2',
  });
  expect((await readImage(await memberOf(image, 'arm64'))).annotations).toEqual({
    'on-manifests': '1',
    'on-both': '2',
    'on-arm': '3',
  });
});

it('takes a name with a colon, which is no level', async () => {
  const { image } = await build(bed, { annotations: 'com.example:level=x:y' });
  expect((await readImage(image)).annotations).toEqual({ 'com.example:level': 'x:y' });
});

it('refuses upper-case letters, which BuildKit would change', async () => {
  const { code, error } = await refuse(await bed.job(), bed, { annotations: 'com.example.Team=web' });
  expect(code, error).toBe('pair-malformed');
  expect(error).toContain('com.example.team');
});
