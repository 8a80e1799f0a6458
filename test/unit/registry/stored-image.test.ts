import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/registry/repository.ts';
import { readStoredImage } from '../../../src/registry/stored-image.ts';
import { repositoryAt, routes, serve } from './server.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const GZIP = `${LAYER}+gzip`;
const DIGEST = `sha256:${'0a'.repeat(32)}`;

function sample(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/buildkit/manifests/${name}.json`, import.meta.url), 'utf8');
}

/** A manifest with a configuration of 5 bytes and these layers. */
function manifestOf(...layers: readonly (readonly [mediaType: string, size: number])[]): string {
  return JSON.stringify({
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: DIGEST, size: 5 },
    layers: layers.map(([mediaType, size]) => ({ mediaType, digest: DIGEST, size })),
  });
}

/** An index of these manifests, by their platforms. */
function indexOf(entries: Readonly<Record<string, string>>): string {
  const manifests = Object.entries(entries).map(([platform, text]) => {
    const [os, architecture] = platform.split('/');
    return { mediaType: 'm', digest: digestOf(text), size: text.length, platform: { architecture, os } };
  });
  return JSON.stringify({ mediaType: INDEX, manifests });
}

/** Reads the tag v1 of a registry that has these manifests, the first one under that tag. */
async function stored(tagged: string, ...others: readonly string[]) {
  const texts = [...others, tagged].map((text) => [digestOf(text), text]);
  const all = Object.fromEntries([...texts, ['v1', tagged]]);
  const server = await serve(({ path }) => {
    const body = all[path.replace(/^.*\//, '')];
    return body === undefined ? { status: 404 } : { body };
  });
  return readStoredImage(repositoryAt(server), 'v1');
}

describe('the size', () => {
  it.each([
    ['docker-manifest', 734 + 1_064_323],
    ['cache-manifest', 381 + 1_064_323],
    ['index-two-platforms', 0],
  ])('of %s without anything beside it is %i bytes', async (name, size) => {
    expect((await stored(await sample(name)))?.size).toBe(size);
  });

  it.each([
    ['no layers', manifestOf(), 5],
    ['several layers', manifestOf([GZIP, 7], [GZIP, 11]), 23],
    ['a layer without a size', `{"layers":[{"digest":"${DIGEST}"},{"digest":"${DIGEST}","size":"7"}]}`, 0],
    ['a layer without a digest', '{"config":{"size":5},"layers":[{"size":7}]}', 0],
    ['layers of another shape', '{"layers":{"0":{"size":7}}}', 0],
    ['nothing', '{}', 0],
  ])('of a manifest with %s', async (_, manifest, size) => {
    expect(await stored(manifest)).toMatchObject({ size, hasOtherThanGzip: false, platforms: new Map() });
  });

  it('of an index is that of its images and attestations', async () => {
    const amd64 = manifestOf([GZIP, 7]);
    const arm64 = manifestOf([GZIP, 11]);
    const attestation = manifestOf(['application/vnd.in-toto+json', 13]);
    const index = indexOf({ 'linux/amd64': amd64, 'linux/arm64': arm64, 'unknown/unknown': attestation });
    expect(await stored(index, amd64, arm64, attestation)).toEqual({
      sizes: new Map([
        [digestOf(amd64), 12],
        [digestOf(arm64), 16],
        [digestOf(attestation), 18],
      ]),
      // All of them have the same digest here: each part counts once.
      blobs: new Map([[DIGEST, expect.any(Number)]]),
      size: 12 + 16 + 18,
      hasOtherThanGzip: false,
      platforms: new Map([
        ['linux/amd64', digestOf(amd64)],
        ['linux/arm64', digestOf(arm64)],
      ]),
    });
  });

  it('of an index without one of its images is that of the others', async () => {
    const amd64 = manifestOf([GZIP, 7]);
    const index = indexOf({ 'linux/amd64': amd64, 'linux/arm64': manifestOf([LAYER, 11]) });
    expect(await stored(index, amd64)).toMatchObject({ size: 12, hasOtherThanGzip: false });
  });
});

describe('layers', () => {
  it.each([
    [GZIP, false],
    [LAYER, true],
    [`${LAYER}+zstd`, true],
    ['application/vnd.docker.image.rootfs.diff.tar.gzip', false],
    ['application/vnd.docker.image.rootfs.diff.tar', true],
    ['application/vnd.docker.image.rootfs.diff.tar.zstd', true],
    ['application/vnd.in-toto+json', false],
  ])('of %s are something else than gzip: %s', async (mediaType, expected) => {
    expect((await stored(manifestOf([GZIP, 1], [mediaType, 1])))?.hasOtherThanGzip).toBe(expected);
  });

  it('of one image in an index count', async () => {
    const amd64 = manifestOf([GZIP, 7]);
    const arm64 = manifestOf([`${LAYER}+zstd`, 11]);
    const index = indexOf({ 'linux/amd64': amd64, 'linux/arm64': arm64 });
    expect((await stored(index, amd64, arm64))?.hasOtherThanGzip).toBe(true);
  });
});

it('an image that is not there', async () => {
  expect(await readStoredImage(repositoryAt(await serve(routes({}))), 'v1')).toBeUndefined();
});
