import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH } from '../support/cache.ts';
import { BOTH, build } from '../support/legs.ts';
import { listTags, readManifest } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** Digests as the index in the registry has them. */
async function inRegistry(reference: string): Promise<Record<string, string>> {
  const { json } = await readManifest({ registryUrl: bed.registry.url, repository: 'app', reference });
  const { manifests } = Object(json);
  const images: { digest: string; platform: { os: string; architecture: string } }[] = manifests;
  return Object.fromEntries(
    images
      .filter(({ platform }) => platform.os !== 'unknown')
      .map(({ digest, platform }) => [`${platform.os}/${platform.architecture}`, digest]),
  );
}

describe('platformDigests', () => {
  it('are those of the index', async () => {
    const { outputs } = await build(bed, { imageTag: 'both', platforms: BOTH });
    expect(JSON.parse(outputs.platformDigests ?? '')).toEqual(await inRegistry('both'));
  });

  it('are the same when nothing is pushed', async () => {
    const pushed = await build(bed, { imageTag: 'again', platforms: BOTH });
    const { outputs } = await build(bed, { imageTag: 'again', platforms: BOTH, push: 'false' });
    expect(outputs).toMatchObject({ imagePushed: 'false', imageDigest: pushed.outputs.imageDigest });
    expect(outputs.platformDigests).toBe(pushed.outputs.platformDigests);
  });

  it('are that of the image when it has one platform, given or native', async () => {
    for (const [platforms, name] of [
      ['', `linux/${ARCH}`],
      ['linux/arm64/v8', 'linux/arm64'],
    ] as const) {
      const { outputs } = await build(bed, { imageTag: 'one', platforms });
      expect(JSON.parse(outputs.platformDigests ?? '')).toEqual({ [name]: outputs.imageDigest });
    }
  });

  it('are those of the images where attestations are beside them', async () => {
    for (const push of ['true', 'false']) {
      const { outputs } = await build(bed, { imageTag: 'attested', provenance: 'min', push, reproducible: 'false' });
      const digests = JSON.parse(outputs.platformDigests ?? '');
      expect(Object.keys(digests)).toEqual([`linux/${ARCH}`]);
      expect(digests[`linux/${ARCH}`]).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(digests[`linux/${ARCH}`]).not.toBe(outputs.imageDigest);
    }
    expect(Object.keys(await inRegistry('attested'))).toEqual([`linux/${ARCH}`]);
  });
});

it('a platform of extraArgs decides what is built, told and cached', async () => {
  const { outputs } = await build(bed, {
    imageTag: 'extra',
    extraArgs: '--opt platform=linux/s390x',
    cache: 'registry',
  });
  expect(JSON.parse(outputs.platformDigests ?? '')).toEqual({ 'linux/s390x': outputs.imageDigest });
  const tags = await listTags({ registryUrl: bed.registry.url, repository: 'app' });
  expect(tags.filter((tag) => tag.startsWith('buildcache'))).toEqual(['buildcache-s390x']);
});

describe('pushByDigest', () => {
  it('is refused together with a tag', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, pushByDigest: 'true' });
    expect(result.output).toContain('title=push-conflict');
    expect(result.errors[0]).toContain('imageTag is given');
  });

  it('needs no commit that a tag could be derived from, and writes the cache all the same', async () => {
    const { outputs } = await build(bed, { imageTag: '', pushByDigest: 'true', cache: 'registry' });
    expect(outputs).toMatchObject({ imageFullNameTag: '', imageTags: '', imagePushed: 'true' });
    const { digest } = await readManifest({
      registryUrl: bed.registry.url,
      repository: 'app',
      reference: outputs.imageDigest ?? '',
    });
    expect(digest).toBe(outputs.imageDigest);
    const tags = await listTags({ registryUrl: bed.registry.url, repository: 'app' });
    expect(tags).toContain(`buildcache-${ARCH}`);
  });
});
