import { describe, expect, it } from 'vitest';
import { parseAnnotation } from '../../../src/plan/annotations.ts';
import { checkMergeAnnotations, joinParts, type Part } from '../../../src/plan/image-index.ts';
import type { Annotations, Descriptor } from '../../../src/plan/manifest.ts';
import { problemOf } from '../failures.ts';
import { digestWith } from './manifests.ts';

const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const AMD64: Descriptor = {
  mediaType: MEDIA_TYPE,
  digest: digestWith('0a'),
  size: 480,
  platform: { architecture: 'amd64', os: 'linux' },
};
const ARM64: Descriptor = { ...AMD64, digest: digestWith('1b'), platform: { architecture: 'arm64', os: 'linux' } };

function part(entry: Descriptor, annotations: Annotations = {}): Part {
  return { name: entry.digest, entries: [entry], annotations };
}

/** These annotations, and the order of the parts counts. */
function adding(...added: readonly string[]) {
  return { added: added.flatMap(parseAnnotation), ordered: true };
}

/** The annotations of an index, and of each image in it. */
function joined(parts: readonly Part[], ...added: readonly string[]) {
  const index = JSON.parse(joinParts(parts, adding(...added)).text);
  return [index.annotations, ...index.manifests.map((entry: Descriptor) => entry.annotations)];
}

const BOTH = [part(AMD64), part(ARM64)];

describe('annotations that are added', () => {
  it.each([
    ['nothing', [], [undefined, undefined, undefined]],
    ['no place: the index', ['a=b'], [{ a: 'b' }, undefined, undefined]],
    ['the index', ['index:a=b', 'index:c='], [{ a: 'b', c: '' }, undefined, undefined]],
    ['the entries of all images', ['manifest-descriptor:a=b'], [undefined, { a: 'b' }, { a: 'b' }]],
    ['the entry of one image', ['manifest-descriptor[linux/arm64]:a=b'], [undefined, undefined, { a: 'b' }]],
    [
      'both',
      ['index,manifest-descriptor[linux/amd64]:a=b', 'manifest-descriptor:c=d'],
      [{ a: 'b' }, { a: 'b', c: 'd' }, { c: 'd' }],
    ],
    ['a key twice: the last one counts', ['a=b', 'index:a=c'], [{ a: 'c' }, undefined, undefined]],
  ])('to %s', (_, added, annotations) => {
    expect(joined(BOTH, ...added)).toEqual(annotations);
  });

  it('win over those of the parts', () => {
    const parts = [part({ ...AMD64, annotations: { a: 'part', x: 'y' } }, { a: 'part', x: 'y' })];
    expect(joined(parts, 'index,manifest-descriptor:a=b')).toEqual([
      { a: 'b', x: 'y' },
      { a: 'b', x: 'y' },
    ]);
  });

  it.each([
    ['manifest:a=b', 'manifest'],
    ['index-descriptor:a=b', 'index-descriptor'],
    ['index,manifest:a=b', 'manifest'],
    ['manifest[linux/amd64]:a=b', 'manifest'],
    ['manifest-descriptor,manifest:a=b', 'manifest'],
    ['manifest-descriptor,index-descriptor:a=b', 'index-descriptor'],
  ])('are refused where a merge does not write: %s', async (added, level) => {
    const problem = await problemOf(() => checkMergeAnnotations(parseAnnotation(added)));
    expect(problem.code).toBe('annotation-misplaced');
    expect(problem.message).toBe(`annotations: one is for ${level}, which a merge does not write.`);
    expect(problem.hint).toContain('index:KEY=VALUE or manifest-descriptor:KEY=VALUE');
  });

  it.each(['a=b', 'index:a=b', 'manifest-descriptor:a=b', 'index,manifest-descriptor[linux/s390x]:a=b'])(
    'are not refused before the parts are known: %s',
    (added) => {
      expect(() => checkMergeAnnotations(parseAnnotation(added))).not.toThrow();
    },
  );

  it.each(['a=b', 'index:a=b', 'manifest-descriptor:a=b', 'manifest-descriptor[linux/amd64]:a=b'])(
    'are refused on a list of Docker: %s',
    async (added) => {
      const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
      const parts = [AMD64, ARM64].map((entry) => part({ ...entry, mediaType }));
      expect(await problemOf(() => joinParts(parts, adding(added)))).toEqual({
        code: 'annotation-misplaced',
        message: 'annotations: the parts have the media types of Docker, whose lists have none.',
        hint: 'Build the legs with mediaTypes: oci.',
      });
      expect(joined(parts)).toEqual([undefined, undefined, undefined]);
    },
  );

  it('are taken when one of the parts is not of Docker', () => {
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    expect(joined([part({ ...AMD64, mediaType }), part(ARM64)], 'a=b')[0]).toEqual({ a: 'b' });
  });

  it('are refused for a platform that is not there', async () => {
    const added = adding('manifest-descriptor[linux/s390x]:a=b');
    expect(await problemOf(() => joinParts(BOTH, added))).toEqual({
      code: 'annotation-misplaced',
      message: 'annotations: one is for linux/s390x, and no part is.',
      hint: 'The parts are linux/amd64, linux/arm64.',
    });
  });
});

describe('annotations of the parts', () => {
  it.each([
    ['of one part', [{ a: 'b' }, {}], { a: 'b' }],
    ['of all parts', [{ a: 'b' }, { a: 'b' }], { a: 'b' }],
    ['of each part', [{ a: 'b' }, { c: 'd' }], { a: 'b', c: 'd' }],
    [
      'that differ are left out',
      [
        { a: 'b', e: 'f' },
        { a: 'c', e: 'f' },
      ],
      { e: 'f' },
    ],
    ['that all differ', [{ a: 'b' }, { a: 'c' }], undefined],
    ['of nobody', [{}, {}], undefined],
  ])('%s', (_, [first, second], annotations) => {
    expect(joined([part(AMD64, first), part(ARM64, second)])).toEqual([annotations, undefined, undefined]);
  });

  it('that differ can be set', () => {
    expect(joined([part(AMD64, { a: 'b' }), part(ARM64, { a: 'c' })], 'a=d')[0]).toEqual({ a: 'd' });
  });

  it('stay with the entries of their images', () => {
    const parts = [part({ ...AMD64, annotations: { a: 'b' } }), part({ ...ARM64, annotations: { a: 'c' } })];
    expect(joined(parts)).toEqual([undefined, { a: 'b' }, { a: 'c' }]);
  });
});

describe('the bytes', () => {
  // As Go's json.MarshalIndent writes the same structures of the OCI image specification.
  const REST = { '-': 'dash', Z: 'z', a: 'é\u2028\u2029\t\b\f\u0001😀', b: '<a href="x">&\'</a>' };
  const GO = `{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "m",
      "digest": "${digestWith('0a')}",
      "size": 480,
      "annotations": {
        "a": "b",
        "k": "v"
      },
      "platform": {
        "architecture": "arm",
        "os": "windows",
        "os.version": "10.0",
        "os.features": [
          "win32k"
        ],
        "variant": "v7"
      },
      "artifactType": "t"
    }
  ],
  "annotations": {
    "-": "dash",
    "Z": "z",
    "a": "é\\u2028\\u2029\\t\\b\\f\\u0001😀",
    "b": "\\u003ca href=\\"x\\"\\u003e\\u0026'\\u003c/a\\u003e"
  }
}`;

  it('are those of Go: order of keys, order of annotations, escapes', () => {
    const entry: Descriptor = {
      artifactType: 't',
      platform: { variant: 'v7', 'os.version': '10.0', 'os.features': ['win32k'], os: 'windows', architecture: 'arm' },
      annotations: { k: 'v', a: 'b' },
      size: 480,
      digest: digestWith('0a'),
      mediaType: 'm',
    };
    const shuffled = Object.fromEntries(Object.entries(REST).toReversed());
    expect(joinParts([part(entry, shuffled)], adding()).text).toBe(GO);
  });

  it('have annotations whose keys are numbers in the order of Go, too', () => {
    const annotations = { '9': 'nine', '10': 'ten', '-': 'dash' };
    const { text } = joinParts([part(AMD64, annotations)], adding());
    expect(text.slice(text.indexOf('  "annotations"'))).toBe(
      '  "annotations": {\n    "-": "dash",\n    "10": "ten",\n    "9": "nine"\n  }\n}',
    );
  });
});
