import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { build, buildIn, readImage, readIndex } from '../support/built.ts';
import { readBlob, readLayerFile, readManifest } from '../support/oci.ts';

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

const files = () => ({ Dockerfile: dockerfile(bed.baseImage, 'RUN echo one > /one', 'RUN echo two > /two') });

describe('compression', () => {
  it.each([
    ['', `${OCI}.layer.v1.tar+gzip`, '1f8b'],
    ['gzip', `${OCI}.layer.v1.tar+gzip`, '1f8b'],
    ['zstd', `${OCI}.layer.v1.tar+zstd`, '28b52ffd'],
    ['uncompressed', `${OCI}.layer.v1.tar`, ''],
  ])('holds for every layer, media type and bytes: %j', async (compression, mediaType, magic) => {
    const { image } = await build(bed, { compression }, files());
    const { layers } = await readImage(image);
    expect(layers.map((layer) => layer.mediaType)).toEqual([mediaType, mediaType, mediaType]);
    for (const { digest } of layers) {
      const blob = await readBlob(image, digest);
      expect(blob.toString('hex').startsWith(magic)).toBe(true);
      expect(blob.subarray(257, 262).toString() === 'ustar').toBe(compression === 'uncompressed');
    }
    expect(await readLayerFile({ ...image, path: 'two' })).toBe('two\n');
  });

  it('estargz has a table of contents in every layer', async () => {
    const { image } = await build(bed, { compression: 'estargz' }, files());
    const { layers } = await readImage(image);
    expect(layers).toHaveLength(3);
    for (const { mediaType, annotations } of layers) {
      expect(mediaType).toBe(`${OCI}.layer.v1.tar+gzip`);
      expect(annotations?.['containerd.io/snapshot/stargz/toc.digest']).toMatch(/^sha256:/);
    }
    expect(await readLayerFile({ ...image, path: 'two' })).toBe('two\n');
  });

  it.each(['zstd', 'uncompressed'])('gzip holds also after a step of the job with %s', async (first) => {
    const job = await bed.job({ files: files() });
    const types = async (compression: string) => {
      const { image } = await buildIn(job, bed, { compression });
      return [...new Set((await readImage(image)).layers.map(({ mediaType }) => mediaType))];
    };
    expect(await types(first)).not.toEqual([`${OCI}.layer.v1.tar+gzip`]);
    expect(await types('gzip')).toEqual([`${OCI}.layer.v1.tar+gzip`]);
    expect(await types(first)).not.toContain(`${OCI}.layer.v1.tar+gzip`);
  });
});

describe('mediaTypes', () => {
  it.each([
    ['gzip', `${DOCKER}.image.rootfs.diff.tar.gzip`],
    ['uncompressed', `${DOCKER}.image.rootfs.diff.tar`],
  ])('docker is schema 2 all through, with %s layers', async (compression, layer) => {
    const { image, result } = await build(bed, { mediaTypes: 'docker', compression }, files());
    const { mediaType, digest } = await readManifest({ ...image, reference: 'v1.0.0' });
    expect(mediaType).toBe(`${DOCKER}.distribution.manifest.v2+json`);
    expect(digest).toBe(result.outputs.imageDigest);
    expect(await readImage(image)).toMatchObject({
      mediaType: `${DOCKER}.distribution.manifest.v2+json`,
      config: { mediaType: `${DOCKER}.container.image.v1+json` },
      layers: [{ mediaType: layer }, { mediaType: layer }, { mediaType: layer }],
    });
  });

  it('docker is a manifest list for several platforms', async () => {
    const inputs = { mediaTypes: 'docker', platforms: 'linux/amd64,linux/arm64', imageTag: 'list' };
    const { image } = await build(bed, inputs, { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    expect((await readManifest(image)).mediaType).toBe(`${DOCKER}.distribution.manifest.list.v2+json`);
    const { manifests } = await readIndex(image);
    expect(manifests.map(({ mediaType }) => mediaType)).toEqual([
      `${DOCKER}.distribution.manifest.v2+json`,
      `${DOCKER}.distribution.manifest.v2+json`,
    ]);
  });

  it.each(['', 'oci'])('are those of OCI otherwise: %j', async (mediaTypes) => {
    const { image } = await build(bed, { mediaTypes });
    expect(await readImage(image)).toMatchObject({
      mediaType: `${OCI}.manifest.v1+json`,
      config: { mediaType: `${OCI}.config.v1+json` },
    });
  });
});
