import { describe, expect, it } from 'vitest';
import { annotationAttribute, checkPlaces, parseAnnotation, withoutPlatforms } from '../../../src/plan/annotations.ts';
import { problemOf } from '../failures.ts';

describe('an annotation', () => {
  it.each([
    ['a=b', ['annotation.a=b']],
    ['a=', ['annotation.a=']],
    ['org.opencontainers.image.title=My Shop', ['annotation.org.opencontainers.image.title=My Shop']],
    ['a=b=c, "d" é', ['annotation.a=b=c, "d" é']],
    ['a=Index:B', ['annotation.a=Index:B']],
    ['a=https://a.example/b?c=d', ['annotation.a=https://a.example/b?c=d']],
    ['a=b\nc', ['annotation.a=b\nc']],
    ['manifest:a=b', ['annotation-manifest.a=b']],
    ['index:a=b', ['annotation-index.a=b']],
    ['manifest-descriptor:a=b', ['annotation-manifest-descriptor.a=b']],
    ['index-descriptor:a=b', ['annotation-index-descriptor.a=b']],
    ['index,manifest:a=b', ['annotation-index.a=b', 'annotation-manifest.a=b']],
    ['manifest[linux/amd64]:a=b', ['annotation-manifest[linux/amd64].a=b']],
    [
      'manifest[linux/arm/v7],manifest-descriptor[linux/arm/v7]:a=b',
      ['annotation-manifest[linux/arm/v7].a=b', 'annotation-manifest-descriptor[linux/arm/v7].a=b'],
    ],
    ['index:a:b=c:d', ['annotation-index.a:b=c:d']],
    ['com.example:key=b', ['annotation.com.example:key=b']],
    ['indexes:a=b', ['annotation.indexes:a=b']],
    ['index,other:a=b', ['annotation.index,other:a=b']],
    ['index=manifest:a', ['annotation.index=manifest:a']],
  ])('%j', (entry, attributes) => {
    expect(parseAnnotation(entry).map(annotationAttribute)).toEqual(attributes);
  });

  it.each([
    ['a=b', [{ level: undefined, platform: undefined, key: 'a', value: 'b' }]],
    ['manifest:a=b', [{ level: 'manifest', platform: undefined, key: 'a', value: 'b' }]],
    ['index:a=', [{ level: 'index', platform: undefined, key: 'a', value: '' }]],
    [
      'manifest-descriptor[linux/arm/v7]:a:b=c=d',
      [{ level: 'manifest-descriptor', platform: 'linux/arm/v7', key: 'a:b', value: 'c=d' }],
    ],
    ['manifest[linux/arm64/v8]:a=b', [{ level: 'manifest', platform: 'linux/arm64', key: 'a', value: 'b' }]],
    [
      'index,manifest[linux/amd64]:a=b',
      [
        { level: 'index', platform: undefined, key: 'a', value: 'b' },
        { level: 'manifest', platform: 'linux/amd64', key: 'a', value: 'b' },
      ],
    ],
  ])('%s is taken apart', (entry, annotations) => {
    expect(parseAnnotation(entry)).toEqual(annotations);
  });

  it.each([
    ['com.Example.KEY=b', 'com.Example.KEY', 'com.example.key'],
    ['index:A=b', 'A', 'a'],
    ['É=b', 'É', 'é'],
  ])('with the key of %s is refused, because BuildKit would change it', async (entry, key, lower) => {
    expect(await problemOf(() => parseAnnotation(entry))).toEqual({
      code: 'pair-malformed',
      message: `annotations: the key "${key}" has upper-case letters, which BuildKit would make lower-case.`,
      hint: `Write ${lower}.`,
    });
  });

  it.each(['a', 'index:a', '=b', 'index:=b', 'a b=c', 'index: a=b', ''])('is not %j', async (entry) => {
    expect((await problemOf(() => parseAnnotation(entry))).code).toBe('pair-malformed');
  });
});

describe('the platform of an annotation', () => {
  it.each([
    ['manifest[linux/arm64/v8]:a=b', 'linux/arm64'],
    ['manifest[linux/amd64/v1]:a=b', 'linux/amd64'],
    ['manifest-descriptor[linux/arm/7]:a=b', 'linux/arm/v7'],
    ['manifest[windows/amd64]:a=b', 'windows/amd64'],
  ])('of %s is %s', (entry, platform) => {
    expect(parseAnnotation(entry).map((annotation) => annotation.platform)).toEqual([platform]);
  });

  it.each([
    ['manifest[amd64]:a=b', 'amd64', 'Write linux/amd64.'],
    ['manifest[linux/arm]:a=b', 'linux/arm', 'Write linux/arm/v7.'],
    ['index,manifest[linux/x86_64]:a=b', 'linux/x86_64', 'Write linux/amd64.'],
    ['manifest-descriptor[linux/sparc]:a=b', 'linux/sparc', expect.stringMatching(/^Use linux\/386, linux\/amd64, /)],
  ])('cannot be that of %s', async (entry, platform, hint) => {
    expect(await problemOf(() => parseAnnotation(entry))).toEqual({
      code: 'platform-unknown',
      message: `annotations: "${platform}" is not a platform.`,
      hint,
    });
  });

  it.each([
    ['a=b', ['annotation.a=b']],
    ['manifest:a=b', ['annotation-manifest.a=b']],
    ['manifest[linux/amd64]:a=b', ['annotation-manifest.a=b']],
    ['manifest[linux/amd64],manifest:a=b', ['annotation-manifest.a=b', 'annotation-manifest.a=b']],
  ])('of %s is left out for a single manifest', (entry, attributes) => {
    expect(withoutPlatforms(parseAnnotation(entry)).map(annotationAttribute)).toEqual(attributes);
  });
});

describe('the places of annotations', () => {
  const ONE = { platforms: ['linux/amd64'], isIndex: false };
  const TWO = { platforms: ['linux/amd64', 'linux/arm64'], isIndex: true };
  const NATIVE = { platforms: [], isIndex: false };
  const check = (entry: string, image: Parameters<typeof checkPlaces>[1]) =>
    checkPlaces(entry.split('\n').flatMap(parseAnnotation), image);

  it.each([
    ['a=b', NATIVE],
    ['manifest:a=b', NATIVE],
    ['a=b', ONE],
    ['manifest[linux/amd64]:a=b', ONE],
    ['manifest[linux/amd64/v1]:a=b', ONE],
    ['index:a=b', { ...ONE, isIndex: true }],
    ['index,manifest:a=b', TWO],
    ['manifest-descriptor[linux/arm64]:a=b', TWO],
    ['index-descriptor:a=b', TWO],
  ])('%s is there with %j', (entry, image) => {
    expect(() => check(entry, image)).not.toThrow();
  });

  it.each([
    ['index:a=b', 'index', ONE],
    ['index:a=b', 'index', NATIVE],
    ['manifest,index:a=b', 'index', ONE],
    ['index-descriptor:a=b', 'index-descriptor', ONE],
    ['manifest-descriptor:a=b', 'manifest-descriptor', ONE],
  ])('%s needs an index', async (entry, level, image) => {
    expect(await problemOf(() => check(entry, image))).toEqual({
      code: 'annotation-misplaced',
      message: `annotations: one is for ${level}, and an image of one platform without attestations has no index.`,
      hint: `Leave "${level}:" out, or build several platforms.`,
    });
  });

  it.each([
    ['manifest[linux/s390x]:a=b', 'linux/s390x', TWO, 'has linux/amd64, linux/arm64'],
    ['manifest-descriptor[linux/arm/v7]:a=b', 'linux/arm/v7', TWO, 'has linux/amd64, linux/arm64'],
    ['manifest[linux/amd64/v2]:a=b', 'linux/amd64/v2', ONE, 'has linux/amd64'],
    ['a=b\nmanifest,manifest[linux/arm64]:a=b', 'linux/arm64', ONE, 'has linux/amd64'],
    ['manifest[linux/amd64]:a=b', 'linux/amd64', NATIVE, 'is not given'],
    ['manifest-descriptor[linux/arm64]:a=b', 'linux/arm64', { ...NATIVE, isIndex: true }, 'is not given'],
  ])('%j needs that platform', async (entry, platform, image, given) => {
    expect(await problemOf(() => check(entry, image))).toEqual({
      code: 'annotation-misplaced',
      message: `annotations: one is for ${platform}, and the input platforms ${given}.`,
      hint: 'Correct the platform between the brackets, or leave it out.',
    });
  });
});
