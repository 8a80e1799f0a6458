import { describe, expect, it } from 'vitest';
import { type ImageNames, nameImage } from '../../../src/plan/image.ts';
import { parseTagEntry } from '../../../src/plan/tags.ts';
import { imageOutputs, withPrefix } from '../../../src/report/outputs.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const DIGEST = `sha256:${'0a'.repeat(32)}`;
const METADATA = '{"containerimage.digest":"…"}';
const AMD64 = new Map([['linux/amd64', DIGEST]]);

function namesOf(host: string | undefined, ...tags: readonly string[]) {
  const entries = tags.map((tag) => parseTagEntry(tag));
  return nameImage({ registries: [], imageShortName: 'team/nginx' }, { tags: entries, ownHost: host });
}

/** The outputs of an image for amd64 that was pushed with all of its names, or not at all. */
function outputsOf(names: ImageNames, pushed: boolean) {
  return imageOutputs({ names, digest: DIGEST, pushed, tagged: pushed ? names.references : [], platforms: AMD64 });
}

describe('the outputs', () => {
  it('of an image that was pushed', () => {
    expect(outputsOf(namesOf(HOST, 'v1', 'latest'), true)).toEqual({
      imageFullNameTag: `${HOST}/team/nginx:v1`,
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: `${HOST}/team/nginx:v1\n${HOST}/team/nginx:latest`,
      imagePushed: 'true',
      platformDigests: `{"linux/amd64":"${DIGEST}"}`,
    });
  });

  it('of an image that was not pushed', () => {
    expect(outputsOf(namesOf(HOST, 'v1'), false)).toEqual({
      imageFullNameTag: `${HOST}/team/nginx:v1`,
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: '',
      imagePushed: 'false',
      platformDigests: `{"linux/amd64":"${DIGEST}"}`,
    });
  });

  it('of an image without a registry', () => {
    expect(outputsOf(namesOf(undefined, 'v1'), false)).toEqual({
      imageFullNameTag: '',
      imageFullNameDigest: '',
      imageDigest: DIGEST,
      imageTags: '',
      imagePushed: 'false',
      platformDigests: `{"linux/amd64":"${DIGEST}"}`,
    });
  });

  it('name the digest after the first reference', () => {
    const outputs = outputsOf(namesOf(HOST, 'a.example/app:v1', 'v2'), true);
    expect([outputs.imageFullNameTag, outputs.imageFullNameDigest]).toEqual([
      'a.example/app:v1',
      `a.example/app@${DIGEST}`,
    ]);
  });

  it('of an image that was pushed without a tag', () => {
    expect(outputsOf(namesOf(HOST), true)).toEqual({
      imageFullNameTag: '',
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: '',
      imagePushed: 'true',
      platformDigests: `{"linux/amd64":"${DIGEST}"}`,
    });
  });

  it('of an image that was there, and got one more name', () => {
    const names = namesOf(HOST, 'v1', 'latest');
    const tagged = names.references.slice(1);
    expect(imageOutputs({ names, digest: DIGEST, pushed: false, tagged, platforms: new Map() })).toEqual({
      imageFullNameTag: `${HOST}/team/nginx:v1`,
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: `${HOST}/team/nginx:latest`,
      imagePushed: 'false',
      platformDigests: '{}',
    });
  });

  it('keep the order of the platforms', () => {
    const platforms = new Map([...AMD64, ['linux/386', `sha256:${'1b'.repeat(32)}`]]);
    const { platformDigests } = imageOutputs({
      names: namesOf(HOST),
      digest: DIGEST,
      pushed: true,
      tagged: [],
      platforms,
    });
    expect(Object.keys(JSON.parse(platformDigests))).toEqual(['linux/amd64', 'linux/386']);
  });

  it('have no line break at either end', () => {
    const outputs = outputsOf(namesOf(HOST, 'v1', 'v2'), true);
    expect(Object.values(outputs).filter((value) => value !== value.trim())).toEqual([]);
  });
});

describe('a prefix', () => {
  const OUTPUTS = { ...outputsOf(namesOf(HOST, 'v1', 'latest'), true), metadata: METADATA };
  it.each([
    ['nginx', 'nginxImageDigest', 'nginxMetadata'],
    ['my_web-1', 'my_web-1ImageDigest', 'my_web-1Metadata'],
  ])('%s sets every output a second time', (prefix, digest, metadata) => {
    const all = withPrefix(OUTPUTS, prefix);
    expect(all).toMatchObject({ ...OUTPUTS, [digest]: DIGEST, [metadata]: METADATA });
    expect(Object.keys(all)).toHaveLength(2 * Object.keys(OUTPUTS).length);
    expect(Object.values(all).toSorted()).toEqual([...Object.values(OUTPUTS), ...Object.values(OUTPUTS)].toSorted());
  });

  it('that is not given sets them once', () => {
    expect(withPrefix(OUTPUTS, undefined)).toEqual(OUTPUTS);
  });
});
