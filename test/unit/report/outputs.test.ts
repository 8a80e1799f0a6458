import { describe, expect, it } from 'vitest';
import { nameImage } from '../../../src/plan/image.ts';
import { parseTagEntry } from '../../../src/plan/tags.ts';
import { imageOutputs, withPrefix } from '../../../src/report/outputs.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const DIGEST = `sha256:${'0a'.repeat(32)}`;
const RESULT = { digest: DIGEST, metadata: '{"containerimage.digest":"…"}' };

function namesOf(host: string | undefined, ...tags: readonly string[]) {
  const entries = tags.map((tag) => parseTagEntry(tag));
  return nameImage({ registry: undefined, imageShortName: 'team/nginx' }, { tags: entries, ownHost: host });
}

describe('the outputs', () => {
  it('of an image that was pushed', () => {
    expect(imageOutputs({ names: namesOf(HOST, 'v1', 'latest'), result: RESULT, push: true })).toEqual({
      imageFullNameTag: `${HOST}/team/nginx:v1`,
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: `${HOST}/team/nginx:v1\n${HOST}/team/nginx:latest`,
      imagePushed: 'true',
      metadata: RESULT.metadata,
    });
  });

  it('of an image that was not pushed', () => {
    expect(imageOutputs({ names: namesOf(HOST, 'v1'), result: RESULT, push: false })).toEqual({
      imageFullNameTag: `${HOST}/team/nginx:v1`,
      imageFullNameDigest: `${HOST}/team/nginx@${DIGEST}`,
      imageDigest: DIGEST,
      imageTags: '',
      imagePushed: 'false',
      metadata: RESULT.metadata,
    });
  });

  it('of an image without a registry', () => {
    expect(imageOutputs({ names: namesOf(undefined, 'v1'), result: RESULT, push: false })).toEqual({
      imageFullNameTag: '',
      imageFullNameDigest: '',
      imageDigest: DIGEST,
      imageTags: '',
      imagePushed: 'false',
      metadata: RESULT.metadata,
    });
  });

  it('name the digest after the first reference', () => {
    const outputs = imageOutputs({ names: namesOf(HOST, 'a.example/app:v1', 'v2'), result: RESULT, push: true });
    expect([outputs.imageFullNameTag, outputs.imageFullNameDigest]).toEqual([
      'a.example/app:v1',
      `a.example/app@${DIGEST}`,
    ]);
  });

  it('have no line break at either end', () => {
    const outputs = imageOutputs({ names: namesOf(HOST, 'v1', 'v2'), result: RESULT, push: true });
    expect(Object.values(outputs).filter((value) => value !== value.trim())).toEqual([]);
  });
});

describe('a prefix', () => {
  const OUTPUTS = imageOutputs({ names: namesOf(HOST, 'v1', 'latest'), result: RESULT, push: true });
  it.each([
    ['nginx', 'nginxImageDigest', 'nginxMetadata'],
    ['my_web-1', 'my_web-1ImageDigest', 'my_web-1Metadata'],
  ])('%s sets every output a second time', (prefix, digest, metadata) => {
    const all = withPrefix(OUTPUTS, prefix);
    expect(all).toMatchObject({ ...OUTPUTS, [digest]: DIGEST, [metadata]: RESULT.metadata });
    expect(Object.keys(all)).toHaveLength(2 * Object.keys(OUTPUTS).length);
    expect(Object.values(all).toSorted()).toEqual([...Object.values(OUTPUTS), ...Object.values(OUTPUTS)].toSorted());
  });

  it('that is not given sets them once', () => {
    expect(withPrefix(OUTPUTS, undefined)).toEqual(OUTPUTS);
  });
});
