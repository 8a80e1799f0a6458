import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCHITECTURES, BOTH, build, buildLegs, merge, stored } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  const names = ['app', 'digests', 'docker', 'attested', 'annotated', 'names', 'kept'];
  bed = await startBed(inject('toolchain'), { repositories: names.map((name) => ({ name })) });
});
afterAll(() => bed.close());

interface Entry {
  readonly digest: string;
  readonly platform: { readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

function entries(index: unknown): readonly Entry[] {
  const { manifests } = Object(index);
  return manifests;
}

const tagged = (arch: string) => ({ imageTag: `v1-${arch}` });

/** Requests that have changed a tag or put a manifest. */
function writes(): number {
  return bed.ecr.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/')).length;
}

describe('two legs that push tags of their own', () => {
  it('become the index that one build of both platforms writes, byte for byte', async () => {
    await buildLegs(bed, 'app', tagged);
    const merged = await merge(bed, { platforms: BOTH });
    expect(merged, merged.output).toMatchObject({ code: 0, warnings: [], errors: [] });
    const one = await build(bed, { imageTag: 'one', platforms: BOTH });
    const [index, expected] = [await stored(bed, 'app', 'v1'), await stored(bed, 'app', 'one')];
    expect(index.bytes.toString()).toBe(expected.bytes.toString());
    expect(index.mediaType).toBe(expected.mediaType);
    const host = bed.ecr.host;
    expect(merged.outputs).toEqual({
      imageFullNameTag: `${host}/app:v1`,
      imageFullNameDigest: `${host}/app@${expected.digest}`,
      imageDigest: expected.digest,
      imageTags: `${host}/app:v1`,
      imagePushed: 'true',
      platformDigests: one.outputs.platformDigests,
    });
  });

  it('become the same one again, and nothing is written', async () => {
    const before = { digest: (await stored(bed, 'app', 'v1')).digest, writes: writes() };
    const again = await merge(bed, { platforms: BOTH });
    expect(again, again.output).toMatchObject({ code: 0 });
    expect({ digest: again.outputs.imageDigest, writes: writes() }).toEqual(before);
    expect(again.outputs.imagePushed).toBe('true');
  });

  it('may stand in sources as tags and as full references, in any mixture', async () => {
    const merged = await merge(bed, {
      imageTag: 'mixed',
      sources: `v1-amd64\n# a comment\n${bed.ecr.host}/app:v1-arm64\n`,
    });
    expect(merged.code, merged.output).toBe(0);
    expect((await stored(bed, 'app', 'mixed')).digest).toBe((await stored(bed, 'app', 'v1')).digest);
  });

  it('get all tags that are asked for, and the new digest moves a tag that was there', async () => {
    const { digest } = await stored(bed, 'app', 'v1');
    await build(bed, { imageTag: 'latest' });
    const merged = await merge(bed, { imageTag: `v1, v1.2\n${bed.ecr.host}/app:latest`, platforms: BOTH });
    expect(merged.code, merged.output).toBe(0);
    for (const tag of ['v1', 'v1.2', 'latest']) {
      expect((await stored(bed, 'app', tag)).digest).toBe(digest);
    }
    const names = ['v1', 'v1.2', 'latest'].map((tag) => `${bed.ecr.host}/app:${tag}`);
    expect(merged.outputs.imageTags).toBe(names.join('\n'));
  });
});

describe('legs that push by digest', () => {
  it('have no tag, and hand their digests on as JSON under names of their own', async () => {
    const legs = await buildLegs(bed, 'digests', (arch) => ({
      imageTag: '',
      pushByDigest: 'true',
      image: `web_${arch}`,
    }));
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'digests' })).toEqual([]);
    for (const [index, arch] of ARCHITECTURES.entries()) {
      const digest = legs[index]?.outputs.imageDigest ?? '';
      expect(legs[index]?.outputs).toMatchObject({
        imageFullNameTag: '',
        imageFullNameDigest: `${bed.ecr.host}/digests@${digest}`,
        imageTags: '',
        imagePushed: 'true',
        platformDigests: JSON.stringify({ [`linux/${arch}`]: digest }),
        [`web_${arch}ImageDigest`]: digest,
      });
    }
    const outputs = Object.assign({}, ...legs.map(({ outputs: { imageDigest, ...others } }) => others));
    const merged = await merge(bed, {
      imageShortName: 'digests',
      sources: JSON.stringify(outputs, null, 2),
      image: 'Web',
    });
    expect(merged.code, merged.output).toBe(0);
    expect(merged.outputs.webImageDigest).toBe((await stored(bed, 'digests', 'v1')).digest);
    const digests = ARCHITECTURES.map((arch, index) => [`linux/${arch}`, legs[index]?.outputs.imageDigest]);
    expect(merged.outputs.platformDigests).toBe(JSON.stringify(Object.fromEntries(digests)));
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'digests' })).toEqual(['v1']);
  });
});

describe('what the parts have', () => {
  it('attestations stay, after the images, as in one build', async () => {
    await buildLegs(bed, 'attested', (arch) => ({ ...tagged(arch), provenance: 'min' }));
    const merged = await merge(bed, { imageShortName: 'attested', platforms: BOTH });
    expect(merged.code, merged.output).toBe(0);
    const index = await stored(bed, 'attested', 'v1');
    const kinds = entries(index.json).map(({ platform, annotations }) => [
      platform.architecture,
      annotations?.['vnd.docker.reference.type'],
    ]);
    expect(kinds).toEqual([
      ['amd64', undefined],
      ['arm64', undefined],
      ['unknown', 'attestation-manifest'],
      ['unknown', 'attestation-manifest'],
    ]);
    const subjects = entries(index.json).map(({ annotations }) => annotations?.['vnd.docker.reference.digest']);
    expect(subjects.slice(2)).toEqual(
      entries(index.json)
        .slice(0, 2)
        .map(({ digest }) => digest),
    );
  });

  it('Docker media types make a manifest list, as in one build', async () => {
    const docker = { imageShortName: 'docker', mediaTypes: 'docker' };
    await buildLegs(bed, 'docker', (arch) => ({ ...tagged(arch), mediaTypes: 'docker' }));
    const merged = await merge(bed, { imageShortName: 'docker', platforms: BOTH });
    await build(bed, { ...docker, imageTag: 'one', platforms: BOTH });
    expect(merged.code, merged.output).toBe(0);
    const index = await stored(bed, 'docker', 'v1');
    expect(index.bytes.toString()).toBe((await stored(bed, 'docker', 'one')).bytes.toString());
    expect(index.mediaType).toBe('application/vnd.docker.distribution.manifest.list.v2+json');
  });

  it('annotations stay, and those that are asked for are what one build would have written', async () => {
    const own = 'manifest:com.example.leg=a&b <c>';
    const added =
      'index:com.example.b=x,y "z" <&>\nindex:com.example.a=1\nmanifest-descriptor[linux/arm64]:com.example.d=2';
    await buildLegs(bed, 'annotated', (arch) => ({ ...tagged(arch), annotations: own }));
    const merged = await merge(bed, { imageShortName: 'annotated', platforms: BOTH, annotations: added });
    expect(merged.code, merged.output).toBe(0);
    await build(bed, {
      imageShortName: 'annotated',
      imageTag: 'one',
      platforms: BOTH,
      annotations: `${own}\n${added}`,
    });
    const [index, expected] = [await stored(bed, 'annotated', 'v1'), await stored(bed, 'annotated', 'one')];
    expect(index.bytes.toString()).toBe(expected.bytes.toString());
  });
});
