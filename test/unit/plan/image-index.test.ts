import { describe, expect, it } from 'vitest';
import { joinParts, type Part } from '../../../src/plan/image-index.ts';
import { annotationsOf, type Descriptor, entriesOf, isAttestation, platformOf } from '../../../src/plan/manifest.ts';
import type { Platform } from '../../../src/plan/platforms.ts';
import { problemOf } from '../failures.ts';
import { digestWith, manifestSample } from './manifests.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image that has this byte in its digest again and again. */
function image(byte: string, platform: Platform, mediaType = OCI): Descriptor {
  return { mediaType, digest: digestWith(byte), size: 480, platform };
}

function part(name: string, ...entries: readonly Descriptor[]): Part {
  return { name, entries, annotations: {} };
}

/** Nothing is added, and the order of the parts counts. */
const AS_GIVEN = { added: [], ordered: true };

const LINUX = { architecture: 'amd64', os: 'linux' };
const ARM = { architecture: 'arm64', os: 'linux' };
const AMD64 = image('0a', LINUX);
const ARM64 = image('1b', ARM);

describe('what BuildKit writes of the same images', () => {
  it.each([
    ['index-one-platform', 'each image is a part'],
    ['index-two-platforms', 'each image is a part'],
  ])('is %s when %s', async (name) => {
    const text = await manifestSample(name);
    const parts = entriesOf(text).map((entry) => part(entry.digest, entry));
    expect(joinParts(parts, AS_GIVEN).text).toBe(text);
  });

  it.each(['index-one-platform', 'index-two-platforms', 'index-with-attestations'])(
    'is %s when it is the only part itself',
    async (name) => {
      const text = await manifestSample(name);
      const joined = joinParts([{ name, entries: entriesOf(text), annotations: annotationsOf(text) }], AS_GIVEN);
      expect(joined.text).toBe(text);
      expect(joined.mediaType).toBe('application/vnd.oci.image.index.v1+json');
    },
  );

  it('is index-with-attestations when each part is an image with its attestation', async () => {
    const text = await manifestSample('index-with-attestations');
    const entries = entriesOf(text);
    const parts = entries
      .filter((entry) => !isAttestation(entry))
      .map((entry) =>
        part(
          entry.digest,
          entry,
          ...entries.filter((other) => other.annotations?.['vnd.docker.reference.digest'] === entry.digest),
        ),
      );
    expect(parts.map((joined) => joined.entries.length)).toEqual([2, 2]);
    expect(joinParts(parts, AS_GIVEN).text).toBe(text);
  });

  it('is the same when a part is named again', async () => {
    const text = await manifestSample('index-with-attestations');
    const whole = { name: 'v1', entries: entriesOf(text), annotations: {} };
    const again = whole.entries.map((entry) => part(entry.digest, entry));
    expect(joinParts([whole, whole, ...again], AS_GIVEN).text).toBe(text);
  });
});

describe('the order', () => {
  it('is that of the parts', () => {
    const orderOf = (...parts: readonly Part[]) => [...joinParts(parts, AS_GIVEN).platforms.keys()];
    expect(orderOf(part('a', AMD64), part('b', ARM64))).toEqual(['linux/amd64', 'linux/arm64']);
    expect(orderOf(part('b', ARM64), part('a', AMD64))).toEqual(['linux/arm64', 'linux/amd64']);
    expect(orderOf(part('b', ARM64), part('both', AMD64, ARM64))).toEqual(['linux/arm64', 'linux/amd64']);
  });

  it('is that of the platforms where the order of the parts means nothing', () => {
    const attestation = (byte: string) => image(byte, { architecture: 'unknown', os: 'unknown' });
    const arm = part('arm', image('2c', { ...ARM, architecture: 'arm' }), attestation('3d'));
    const amd64 = part('amd64', attestation('4e'), AMD64);
    const arm64 = part('arm64', ARM64, attestation('5f'));
    const texts = [
      [arm, amd64, arm64],
      [arm64, arm, amd64, arm],
      [amd64, amd64, arm64, arm],
    ].map((parts) => joinParts(parts, { ...AS_GIVEN, ordered: false }).text);
    expect(entriesOf(texts[0] ?? '').map(({ digest }) => digest)).toEqual(
      ['0a', '2c', '1b', '4e', '3d', '5f'].map(digestWith),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it('of attestations is that of the parts, too, behind all images', () => {
    const attestation = (byte: string) => image(byte, { architecture: 'unknown', os: 'unknown' });
    const parts = [part('b', attestation('2c'), ARM64), part('a', AMD64, attestation('3d'))];
    expect(entriesOf(joinParts(parts, AS_GIVEN).text).map(({ digest }) => digest)).toEqual(
      ['1b', '0a', '2c', '3d'].map(digestWith),
    );
  });
});

describe('the type', () => {
  const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
  it.each([
    ['only Docker images', [image('0a', LINUX, DOCKER), image('1b', ARM, DOCKER)], LIST],
    ['a Docker image and another one', [image('0a', LINUX, DOCKER), ARM64], 'application/vnd.oci.image.index.v1+json'],
    ['no Docker image', [AMD64, ARM64], 'application/vnd.oci.image.index.v1+json'],
  ])('of %s', (_, images, mediaType) => {
    const joined = joinParts(
      images.map((entry) => part(entry.digest, entry)),
      AS_GIVEN,
    );
    expect(joined.mediaType).toBe(mediaType);
    expect(JSON.parse(joined.text).mediaType).toBe(mediaType);
  });
});

describe('platforms', () => {
  it.each([
    ['a variant', { ...LINUX, architecture: 'arm', variant: 'v6' }, 'linux/arm/v6', { variant: 'v6' }],
    ['arm without a variant', { ...LINUX, architecture: 'arm' }, 'linux/arm/v7', { variant: 'v7' }],
    ['the variant that every arm64 has', { ...ARM, variant: 'v8' }, 'linux/arm64', {}],
    ['the variant that every amd64 has', { ...LINUX, variant: 'v1' }, 'linux/amd64', {}],
    ['a variant of amd64', { ...LINUX, variant: 'v3' }, 'linux/amd64/v3', { variant: 'v3' }],
  ])('with %s', (_, platform, name, more) => {
    const { text, platforms } = joinParts([part('a', image('0a', platform))], AS_GIVEN);
    expect(platforms).toEqual(new Map([[name, digestWith('0a')]]));
    expect(JSON.parse(text).manifests[0].platform).toEqual({
      architecture: platform.architecture,
      os: 'linux',
      ...more,
    });
  });

  it('of Windows keep version and features of the configuration, in the order of Go', () => {
    const platform = platformOf(
      '{"variant":"v2","os.features":["win32k"],"os.version":"10.0.20348.1","os":"windows","architecture":"amd64"}',
    );
    const { text } = joinParts([part('a', { ...AMD64, platform: platform ?? LINUX })], AS_GIVEN);
    expect(JSON.stringify(JSON.parse(text).manifests[0].platform)).toBe(
      '{"architecture":"amd64","os":"windows","os.version":"10.0.20348.1","os.features":["win32k"],"variant":"v2"}',
    );
  });

  it('leave out an empty list of features, as Go does', () => {
    const platform = platformOf('{"architecture":"amd64","os":"linux","os.features":[]}');
    const { text } = joinParts([part('a', { ...AMD64, platform: platform ?? ARM })], AS_GIVEN);
    expect(text).toBe(joinParts([part('a', AMD64)], AS_GIVEN).text);
  });
});

describe('two parts of one platform', () => {
  it.each([
    ['alone', [part('v1-amd64', AMD64), part('v2-amd64', image('2c', LINUX))], 'linux/amd64'],
    ['beside others', [part('v1-amd64', ARM64, AMD64), part('v2-amd64', image('2c', LINUX))], 'linux/amd64'],
    [
      'in other words',
      [part('v1-amd64', image('0a', ARM)), part('v2-amd64', image('2c', { ...ARM, variant: 'v8' }))],
      'linux/arm64',
    ],
  ])('are refused, and both are named: %s', async (_, parts, platform) => {
    const problem = await problemOf(() => joinParts(parts, AS_GIVEN));
    expect(problem.code).toBe('part-duplicate');
    expect(problem.message).toBe(
      `Two parts are ${platform}: v1-amd64 (${digestWith('0a')}) and v2-amd64 (${digestWith('2c')}).`,
    );
  });

  it('are one when they are the same image', () => {
    expect(joinParts([part('v1', AMD64), part('v2', AMD64)], AS_GIVEN).platforms.size).toBe(1);
  });

  it('may be of several variants', () => {
    const parts = [part('a', AMD64), part('b', image('2c', { ...LINUX, variant: 'v3' }))];
    expect([...joinParts(parts, AS_GIVEN).platforms.keys()]).toEqual(['linux/amd64', 'linux/amd64/v3']);
  });
});
