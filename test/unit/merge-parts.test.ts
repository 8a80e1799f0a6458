import { describe, expect, it } from 'vitest';
import { readParts } from '../../src/merge/parts.ts';
import { joinParts } from '../../src/plan/image-index.ts';
import { parseSource, partsOfPlatforms } from '../../src/plan/parts.ts';
import { digestOf } from '../../src/registry/repository.ts';
import { problemOf } from './failures.ts';
import { repositoryAt, serve } from './registry/server.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** What a registry stores: texts, by digest and by tag. */
type Store = Readonly<Record<string, string>>;

function stored(...texts: readonly string[]): Store {
  return Object.fromEntries(texts.map((text) => [digestOf(text), text]));
}

function configOf(architecture: string, variant?: string): string {
  return JSON.stringify({ architecture, os: 'linux', ...(variant === undefined ? {} : { variant }) });
}

function manifestOf(config: string, mediaType = CONFIG): string {
  const digest = digestOf(config);
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI,
    config: { mediaType, digest, size: config.length },
    layers: [],
  });
}

function entryOf(text: string, more: Readonly<Record<string, unknown>> = {}) {
  return { mediaType: OCI, digest: digestOf(text), size: Buffer.byteLength(text), ...more };
}

function indexOf(...manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests, annotations: { a: 'b' } });
}

const AMD64_CONFIG = configOf('amd64');
const ARM64_CONFIG = configOf('arm64', 'v8');
const AMD64 = manifestOf(AMD64_CONFIG);
const ARM64 = manifestOf(ARM64_CONFIG);
const ATTESTATION = JSON.stringify({ schemaVersion: 2, mediaType: OCI, layers: [] });
const ATTESTED = entryOf(ATTESTATION, {
  annotations: { 'vnd.docker.reference.digest': digestOf(AMD64), 'vnd.docker.reference.type': 'attestation-manifest' },
  platform: { architecture: 'unknown', os: 'unknown' },
});
const WITH_ATTESTATION = indexOf(entryOf(AMD64, { platform: { architecture: 'wrong', os: 'linux' } }), ATTESTED);
const IMAGES = stored(AMD64_CONFIG, ARM64_CONFIG, AMD64, ARM64);

/** A repository that has this. */
async function repositoryWith(store: Store) {
  const server = await serve(({ path }) => {
    const body = store[path.replace(/^.*\//, '')];
    return body === undefined ? { status: 404 } : { body };
  });
  return repositoryAt(server);
}

async function partsIn(store: Store, ...sources: readonly string[]) {
  return readParts(sources.map(parseSource), [await repositoryWith(store)]);
}

describe('a part', () => {
  it.each([
    ['a digest', digestOf(AMD64)],
    ['a tag', 'v1'],
    ['a tag that names its platform', 'v1-amd64'],
  ])('is an image that is found by %s', async (_, source) => {
    expect(await partsIn({ ...IMAGES, v1: AMD64, 'v1-amd64': AMD64 }, source)).toEqual([
      {
        name: source,
        entries: [entryOf(AMD64, { platform: { architecture: 'amd64', os: 'linux' } })],
        annotations: {},
      },
    ]);
  });

  it('is an index: its images, with the platform of their configuration, and attestations', async () => {
    const store = { ...IMAGES, ...stored(ATTESTATION), 'v1-amd64': WITH_ATTESTATION };
    expect(await partsIn(store, 'v1-amd64')).toEqual([
      {
        name: 'v1-amd64',
        entries: [entryOf(AMD64, { platform: { architecture: 'amd64', os: 'linux' } }), ATTESTED],
        annotations: { a: 'b' },
      },
    ]);
  });

  it('is never nested', async () => {
    const inner = indexOf(entryOf(ARM64), ATTESTED);
    const outer = indexOf(entryOf(AMD64), entryOf(inner, { mediaType: INDEX }));
    const [part] = await partsIn({ ...IMAGES, ...stored(inner, ATTESTATION), v1: outer }, 'v1');
    expect(part?.entries.map(({ digest }) => digest)).toEqual([AMD64, ARM64, ATTESTATION].map(digestOf));
    expect(joinParts(part === undefined ? [] : [part], { added: [], ordered: true }).platforms).toEqual(
      new Map([
        ['linux/amd64', digestOf(AMD64)],
        ['linux/arm64', digestOf(ARM64)],
      ]),
    );
  });

  it('has the bytes of its manifest, in any characters', async () => {
    const text = AMD64.replace('"layers":[]', '"layers":[],"annotations":{"a":"é😀"}');
    const [part] = await partsIn({ ...IMAGES, v1: text }, 'v1');
    expect(part?.entries[0]?.size).toBe(Buffer.byteLength(text));
  });
});

describe('a part that cannot be one', () => {
  const CACHE = manifestOf('{}', 'application/vnd.buildkit.cacheconfig.v0');
  it.each([
    ['is missing', {}, 'v1', 'part-missing', /^v1 is not in 127\.0\.0\.1:\d+\/team\/nginx\.$/],
    ['is missing by digest', {}, digestOf(AMD64), 'part-missing', new RegExp(`^${digestOf(AMD64)} is not in `)],
    [
      'is an index without one of its images',
      { v1: WITH_ATTESTATION },
      'v1',
      'part-missing',
      new RegExp(`^${digestOf(AMD64)} of v1 is not in `),
    ],
    [
      'holds another platform than its tag says',
      { 'v1-amd64': ARM64 },
      'v1-amd64',
      'part-mismatch',
      /^v1-amd64 should be amd64 and is linux\/arm64 \(sha256:[0-9a-f]{64}\)\.$/,
    ],
    [
      'holds another platform beside that of its tag',
      { 'v1-arm64': indexOf(entryOf(ARM64), entryOf(AMD64)) },
      'v1-arm64',
      'part-mismatch',
      /^v1-arm64 should be arm64 and is linux\/amd64 \(sha256:[0-9a-f]{64}\)\.$/,
    ],
    ['is a cache', { v1: CACHE, ...stored('{}') }, 'v1', 'part-not-image', /cacheconfig/],
    ['is an attestation', { v1: ATTESTATION }, 'v1', 'part-not-image', /\(none\) names no platform/],
    [
      'has a configuration without a platform',
      { v1: manifestOf('{}'), ...stored('{}') },
      'v1',
      'part-not-image',
      /names no platform/,
    ],
    [
      'is in another registry',
      {},
      'other.example/team/nginx:v1',
      'part-foreign',
      /^sources: other\.example\/team\/nginx:v1 is not in 127/,
    ],
    [
      'is in another repository',
      {},
      `a.example/bc@${digestOf(AMD64)}`,
      'part-foreign',
      /^sources: a\.example\/bc@sha256/,
    ],
  ])('%s', async (_, store, source, code, message) => {
    const isWhole = code === 'part-mismatch';
    const problem = await problemOf(() => partsIn(isWhole ? { ...IMAGES, ...store } : store, source));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(message);
    expect(problem.hint).not.toBe('');
  });

  it('is an index without an image', async () => {
    const store = { ...stored(ATTESTATION), v1: indexOf(ATTESTED) };
    expect((await problemOf(() => partsIn(store, 'v1'))).code).toBe('part-not-image');
  });

  it('is named by its platform', async () => {
    const repository = await repositoryWith({ ...IMAGES, 'v1-amd64': AMD64 });
    const sources = partsOfPlatforms(['linux/amd64', 'linux/arm64'], 'v1');
    const { code, message } = await problemOf(() => readParts(sources, [repository]));
    expect(code).toBe('part-missing');
    expect(message).toMatch(/^v1-arm64 is not in /);
  });

  it('is not what platforms asks for', async () => {
    const repository = await repositoryWith({ ...IMAGES, 'v1-amd64-v3': AMD64 });
    expect(await problemOf(() => readParts(partsOfPlatforms(['linux/amd64/v3'], 'v1'), [repository]))).toEqual({
      code: 'part-mismatch',
      message: `v1-amd64-v3 should be linux/amd64/v3 and is linux/amd64 (${digestOf(AMD64)}).`,
      hint: 'Its leg has built for another platform than its tag says: correct the matrix, and run all legs again.',
    });
  });
});

describe('several registries', () => {
  it('each have to have the parts, by digest', async () => {
    const all = [await repositoryWith({ ...IMAGES, v1: AMD64 }), await repositoryWith(stored(AMD64))];
    expect(await readParts([parseSource('v1')], all)).toHaveLength(1);
  });

  it('are named when they have them not, attestations included', async () => {
    const home = await repositoryWith({ ...IMAGES, ...stored(ATTESTATION), v1: WITH_ATTESTATION });
    const other = await repositoryWith(IMAGES);
    const { code, message } = await problemOf(() => readParts([parseSource('v1')], [home, other]));
    expect(code).toBe('part-missing');
    expect(message).toBe(`${digestOf(ATTESTATION)} of v1 is not in ${other.name.host}/team/nginx.`);
  });

  it('may be where a part is looked for', async () => {
    const [one, two] = [await repositoryWith(IMAGES), await repositoryWith({ ...IMAGES, v1: AMD64 })];
    const source = parseSource(`${two.name.host}/team/nginx:v1`);
    expect(
      (await readParts([source], [one, two])).flatMap(({ entries }) => entries.map(({ digest }) => digest)),
    ).toEqual([digestOf(AMD64)]);
  });
});
