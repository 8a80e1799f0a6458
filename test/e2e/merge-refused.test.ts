import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { StepResult } from '../support/job.ts';
import { BOTH, build, buildLegs, merge, stored } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';
import { pushBlob, pushManifest } from '../support/oci-push.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'app' }, { name: 'other' }, { name: 'nested' }] });
  await buildLegs(bed, 'app', (arch) => ({ imageTag: `v1-${arch}` }));
});
afterAll(() => bed.close());

/** The step has failed with one error, and has written no tag. */
async function expectRefused(result: StepResult, code: string, ...texts: readonly string[]): Promise<void> {
  expect(result.code, result.output).toBe(1);
  expect(result.errors).toHaveLength(1);
  for (const text of [...texts, `troubleshooting.md#${code}`]) {
    expect(result.errors[0]).toContain(text);
  }
  expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).not.toContain('v1');
  expect(result.outputs).toEqual({});
}

const UNKNOWN = `sha256:${'0'.repeat(64)}`;

describe('what cannot be joined is refused, by name, before anything is written', () => {
  it('a part that is missing', async () => {
    const platforms = `${BOTH},linux/s390x`;
    await expectRefused(await merge(bed, { platforms }), 'part-missing', `v1-s390x is not in ${bed.ecr.host}/app`);
    await expectRefused(await merge(bed, { sources: `v1-amd64\n${UNKNOWN}` }), 'part-missing', UNKNOWN);
  });

  it('a platform that is named twice, also in another spelling', async () => {
    const platforms = 'linux/arm64,linux/arm64/v8';
    await expectRefused(await merge(bed, { platforms }), 'platform-duplicate', 'linux/arm64 is given twice');
  });

  it('two different images of one platform', async () => {
    await build(bed, { imageTag: 'again', platforms: 'linux/amd64', labels: 'a=b' });
    const result = await merge(bed, { sources: 'v1-amd64\nagain\nv1-arm64' });
    await expectRefused(result, 'part-duplicate', 'Two parts are linux/amd64', 'v1-amd64', 'again');
  });

  it('a tag of one architecture whose image is of another one', async () => {
    await build(bed, { imageTag: 'v2-arm64', platforms: 'linux/amd64' });
    await build(bed, { imageTag: 'v2-amd64', platforms: 'linux/amd64' });
    const said = 'v2-arm64 should be linux/arm64 and is linux/amd64';
    await expectRefused(await merge(bed, { imageTag: 'v2', platforms: BOTH }), 'part-mismatch', said);
    const short = 'v2-arm64 should be arm64 and is linux/amd64';
    await expectRefused(await merge(bed, { sources: 'v2-arm64' }), 'part-mismatch', short);
  });

  it('an image of another repository', async () => {
    const leg = await build(bed, {
      imageShortName: 'other',
      imageTag: 'v1-arm64',
      platforms: 'linux/arm64',
      labels: 'a=b',
    });
    const { imageFullNameTag = '', imageFullNameDigest = '', imageDigest = '' } = leg.outputs;
    for (const name of [imageFullNameTag, imageFullNameDigest]) {
      await expectRefused(
        await merge(bed, { sources: `v1-amd64\n${name}` }),
        'part-foreign',
        name,
        `${bed.ecr.host}/app`,
      );
    }
    const sources = `v1-amd64\n${imageDigest}`;
    await expectRefused(await merge(bed, { sources }), 'part-missing', imageDigest, `${bed.ecr.host}/app`);
  });

  it('JSON without digests, with an empty one, and with something else', async () => {
    const none = JSON.stringify({ imageFullNameTag: 'x', version: '1' });
    await expectRefused(await merge(bed, { sources: none }), 'sources-malformed', 'no key imageDigest');
    const prefixed = JSON.stringify({ webImageDigest: UNKNOWN });
    await expectRefused(
      await merge(bed, { sources: prefixed, image: 'api' }),
      'sources-malformed',
      'starting with api',
    );
    const empty = JSON.stringify({ amd64ImageDigest: UNKNOWN, arm64ImageDigest: '' });
    await expectRefused(await merge(bed, { sources: empty }), 'sources-malformed', 'arm64ImageDigest is empty');
    const wrong = JSON.stringify({ imageDigest: 'v1' });
    await expectRefused(await merge(bed, { sources: wrong }), 'sources-malformed', 'imageDigest is not a digest');
    await expectRefused(await merge(bed, { sources: '{"imageDigest": ' }), 'sources-malformed', 'JSON');
  });

  it('a build cache', async () => {
    await build(bed, { imageTag: 'cached', cache: 'registry' });
    const tags = await listTags({ registryUrl: bed.registry.url, repository: 'app' });
    const cache = tags.find((tag) => tag.startsWith('buildcache')) ?? '';
    await expectRefused(await merge(bed, { sources: `v1-arm64\n${cache}` }), 'part-not-image', cache, 'no image');
  });

  it('inputs that say too little or too much, all in one error', async () => {
    const result = await merge(bed, {
      imageTag: '',
      sources: 'v1-amd64',
      platforms: 'linux/foo',
      imageShortName: 'App',
    });
    await expectRefused(
      result,
      'inputs-invalid',
      'imageTag',
      'linux/foo',
      'sources: platforms is given',
      'imageShortName',
    );
    await expectRefused(await merge(bed, {}), 'sources-malformed', 'neither it nor platforms');
  });

  it('an annotation that an index cannot have', async () => {
    const manifest = await merge(bed, { platforms: BOTH, annotations: 'manifest:a=b' });
    await expectRefused(manifest, 'annotation-misplaced', 'manifest');
    const foreign = await merge(bed, { platforms: BOTH, annotations: 'manifest-descriptor[linux/s390x]:a=b' });
    await expectRefused(foreign, 'annotation-misplaced', 'linux/s390x');
  });
});

describe('an index among the parts', () => {
  it('is taken apart, also one in another one, and equal images count once', async () => {
    const both = await build(bed, { imageShortName: 'nested', imageTag: 'both', platforms: BOTH });
    const digest = both.outputs.imageDigest ?? '';
    const location = { registryUrl: bed.registry.url, repository: 'nested' };
    const inner = await stored(bed, 'nested', 'both');
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const outer = { schemaVersion: 2, mediaType, manifests: [{ mediaType, digest, size: inner.bytes.length }] };
    await pushManifest({ ...location, reference: 'outer', mediaType, bytes: Buffer.from(JSON.stringify(outer)) });
    await build(bed, { imageShortName: 'nested', imageTag: 'one-arm64', platforms: 'linux/arm64' });
    const merged = await merge(bed, { imageShortName: 'nested', sources: `outer\none-arm64\n${digest}` });
    expect(merged.code, merged.output).toBe(0);
    expect(merged.outputs.imageDigest).toBe(digest);
  });

  it('gives platforms by the configurations of its images, whatever it says of them itself', async () => {
    const location = { registryUrl: bed.registry.url, repository: 'nested' };
    const config = { architecture: 'arm', os: 'linux', variant: 'v7', rootfs: { type: 'layers', diff_ids: [] } };
    const bytes = Buffer.from(JSON.stringify(config));
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = {
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: await pushBlob(location, bytes),
        size: bytes.length,
      },
      layers: [],
    };
    const text = Buffer.from(JSON.stringify(manifest));
    await pushManifest({ ...location, reference: 'arm', mediaType: type, bytes: text });
    const merged = await merge(bed, { imageShortName: 'nested', sources: 'arm\none-arm64' });
    expect(merged.code, merged.output).toBe(0);
    expect(Object.keys(JSON.parse(merged.outputs.platformDigests ?? ''))).toEqual(['linux/arm/v7', 'linux/arm64']);
  });
});
