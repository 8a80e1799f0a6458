import { describe, expect, it } from 'vitest';
import { parseAnnotation } from '../../../src/plan/annotations.ts';
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
    expect(parseAnnotation(entry).map(({ attribute }) => attribute)).toEqual(attributes);
  });

  it.each([
    ['a=b', [false]],
    ['manifest:a=b', [false]],
    ['manifest-descriptor:a=b', [false]],
    ['index:a=b', [true]],
    ['index-descriptor:a=b', [true]],
    ['manifest,index:a=b', [false, true]],
  ])('%s is on the index: %j', (entry, onIndex) => {
    expect(parseAnnotation(entry).map((annotation) => annotation.onIndex)).toEqual(onIndex);
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
