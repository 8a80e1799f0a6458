import { describe, expect, it } from 'vitest';
import {
  annotationsOf,
  configOf,
  entriesOf,
  imagesOf,
  isAttestation,
  isIndex,
  layersOf,
  platformDigests,
  platformOf,
} from '../../../src/plan/manifest.ts';
import { digestWith, manifestSample } from './manifests.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const AMD64 = 'sha256:1ecdaf40e82104cb7cac8f43680a6d949c57fd2cc26583bdcfd0be624de64e06';
const DIGEST = digestWith('0a');

describe('an index', () => {
  it.each([
    ['application/vnd.oci.image.index.v1+json', true],
    ['application/vnd.docker.distribution.manifest.list.v2+json', true],
    [IMAGE, false],
    ['application/vnd.docker.distribution.manifest.v2+json', false],
    ['', false],
  ])('is %s: %s', (mediaType, expected) => {
    expect(isIndex(mediaType)).toBe(expected);
  });

  it.each([
    ['index-one-platform', 1, 0],
    ['index-two-platforms', 2, 0],
    ['index-with-attestations', 2, 2],
    ['docker-manifest', 0, 0],
    ['cache-manifest', 0, 0],
  ])('%s lists %i images and %i attestations', async (name, images, attestations) => {
    const entries = entriesOf(await manifestSample(name));
    expect(entries.filter((entry) => !isAttestation(entry))).toHaveLength(images);
    expect(entries.filter(isAttestation)).toHaveLength(attestations);
    expect(imagesOf(await manifestSample(name))).toHaveLength(images);
  });

  it('describes what it lists', async () => {
    const [first, , attestation] = entriesOf(await manifestSample('index-with-attestations'));
    const platform = { architecture: 'amd64', os: 'linux' };
    expect(first).toEqual({ mediaType: IMAGE, digest: AMD64, size: 480, platform });
    expect(attestation).toEqual({
      mediaType: IMAGE,
      digest: 'sha256:5ea4076339fc99de1d321b677e298328cf569d76e9d8cfe2681ee3fa19a2c394',
      size: 563,
      annotations: { 'vnd.docker.reference.digest': AMD64, 'vnd.docker.reference.type': 'attestation-manifest' },
      platform: { architecture: 'unknown', os: 'unknown' },
    });
  });

  it('may say more of an image', () => {
    const entry = {
      mediaType: IMAGE,
      digest: DIGEST,
      size: 7,
      annotations: { a: 'b' },
      platform: { architecture: 'arm', os: 'linux', variant: 'v7', 'os.version': '10.0', 'os.features': ['x'] },
      artifactType: 'application/x',
    };
    expect(entriesOf(JSON.stringify({ manifests: [entry] }))).toEqual([entry]);
  });

  it.each([
    ['nothing of it', { digest: DIGEST }, { mediaType: '', digest: DIGEST, size: 0 }],
    ['no digest', { mediaType: IMAGE, size: 7 }, undefined],
    ['another shape', ['x'], undefined],
    ['a size that is a text', { digest: DIGEST, size: '7' }, { mediaType: '', digest: DIGEST, size: 0 }],
    ['no annotation', { digest: DIGEST, annotations: {} }, { mediaType: '', digest: DIGEST, size: 0 }],
    [
      'an annotation that is no text',
      { digest: DIGEST, annotations: { a: 1, b: 'c', d: null } },
      { mediaType: '', digest: DIGEST, size: 0, annotations: { b: 'c' } },
    ],
    [
      'half a platform',
      { digest: DIGEST, platform: { os: 'linux', architecture: '' } },
      { mediaType: '', digest: DIGEST, size: 0 },
    ],
  ])('may say %s', (_, entry, expected) => {
    const text = JSON.stringify({ manifests: [entry] });
    expect(entriesOf(text)).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each(['{}', '{"manifests":null}', '{"manifests":{"0":{}}}', '[]', 'null'])('lists nothing in %s', (text) => {
    expect(entriesOf(text)).toEqual([]);
    expect(layersOf(text)).toEqual([]);
    expect(configOf(text)).toBeUndefined();
    expect(annotationsOf(text)).toEqual({});
  });

  it('may have annotations of its own', () => {
    expect(annotationsOf('{"annotations":{"a":"b","c":2}}')).toEqual({ a: 'b' });
  });
});

describe('a manifest', () => {
  it('has a configuration and layers', async () => {
    const text = await manifestSample('docker-manifest');
    expect(configOf(text)).toEqual({
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: 'sha256:82b4aa22c85e22f1c6e43f16fd9de257ab81740f3109d61344fdb3f87c0a6169',
      size: 734,
    });
    expect(layersOf(text)).toEqual([
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        digest: 'sha256:d272537901c81c0c0a483dc4aeb27abeb916ddb85e3b48110f30d2ce40acb444',
        size: 1_064_323,
      },
    ]);
  });

  it('of a cache has a configuration of its own', async () => {
    expect(configOf(await manifestSample('cache-manifest'))?.mediaType).toBe('application/vnd.buildkit.cacheconfig.v0');
  });
});

describe('an attestation', () => {
  const entry = { mediaType: IMAGE, digest: DIGEST, size: 1 };
  it.each([
    ['an image', { platform: { architecture: 'amd64', os: 'linux' } }, false],
    ['nothing', {}, false],
    ['an unknown platform', { platform: { architecture: 'unknown', os: 'unknown' } }, true],
    ['its annotation', { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }, true],
    [
      'its annotation beside a platform',
      { annotations: { 'vnd.docker.reference.type': 'x' }, platform: { architecture: 'amd64', os: 'linux' } },
      true,
    ],
    ['another annotation', { annotations: { a: 'b' } }, false],
  ])('is known by %s: %s', (_, more, expected) => {
    expect(isAttestation({ ...entry, ...more })).toBe(expected);
  });
});

describe('the platform in a configuration', () => {
  it.each([
    ['{"architecture":"amd64","os":"linux"}', { architecture: 'amd64', os: 'linux' }],
    [
      '{"architecture":"arm","os":"linux","variant":"v7","config":{}}',
      { architecture: 'arm', os: 'linux', variant: 'v7' },
    ],
    ['{"architecture":"amd64","os":"linux","variant":""}', { architecture: 'amd64', os: 'linux' }],
    [
      '{"architecture":"amd64","os":"windows","os.version":"10.0.20348.1","os.features":["win32k",1]}',
      { architecture: 'amd64', os: 'windows', 'os.version': '10.0.20348.1', 'os.features': ['win32k'] },
    ],
    ['{"os":"linux"}', undefined],
    ['{"architecture":"amd64"}', undefined],
    ['{"architecture":"","os":""}', undefined],
    ['{"architecture":1,"os":2}', undefined],
    ['{"layers":[],"records":[]}', undefined],
    ['[]', undefined],
    ['null', undefined],
  ])('%s', (config, platform) => {
    expect(platformOf(config)).toEqual(platform);
  });
});

it('has the digest of each platform of an index, and not those of attestations', async () => {
  expect(platformDigests(entriesOf(await manifestSample('index-with-attestations')))).toEqual(
    new Map([
      ['linux/amd64', 'sha256:1ecdaf40e82104cb7cac8f43680a6d949c57fd2cc26583bdcfd0be624de64e06'],
      ['linux/arm64', 'sha256:685ca50304da657ffb81ee83449590b697a4dd6101ea14e0ae726504550f5bf0'],
    ]),
  );
});
