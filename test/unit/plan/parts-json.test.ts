import { describe, expect, it } from 'vitest';
import { digestsInJson } from '../../../src/plan/parts.ts';
import { problemOf } from '../failures.ts';

const AMD64 = `sha256:${'0a'.repeat(32)}`;
const ARM64 = `sha256:${'1b'.repeat(32)}`;
const LEGS = { amd64ImageDigest: AMD64, arm64ImageDigest: ARM64 };

describe('digests in JSON', () => {
  it.each([
    ['the outputs of a job', LEGS, [AMD64, ARM64]],
    ['one output', { imageDigest: AMD64 }, [AMD64]],
    ['all jobs that are needed', { build: { result: 'success', outputs: LEGS } }, [AMD64, ARM64]],
    [
      'several jobs that are needed',
      { amd: { outputs: { imageDigest: AMD64 } }, arm: { outputs: { imageDigest: ARM64 } } },
      [AMD64, ARM64],
    ],
    ['a list', [{ imageDigest: ARM64 }, [{ imageDigest: AMD64 }]], [ARM64, AMD64]],
    ['other outputs beside it', { ...LEGS, version: 'v1', count: 2, ready: true, nothing: null }, [AMD64, ARM64]],
    [
      'names that only look alike',
      { ...LEGS, imageDigests: 'x', ImageDigestOf: 'x', myimageDigest: 'x' },
      [AMD64, ARM64],
    ],
    ['the same digest twice', { aImageDigest: AMD64, bImageDigest: AMD64 }, [AMD64, AMD64]],
    ['a prefix of other characters', { 'my_web-1ImageDigest': AMD64 }, [AMD64]],
    ['a name without a prefix', { ImageDigest: AMD64 }, [AMD64]],
  ])('%s', (_, value, digests) => {
    expect(digestsInJson(JSON.stringify(value), undefined)).toEqual(digests);
    expect(digestsInJson(JSON.stringify(value, null, 2), undefined)).toEqual(digests);
  });

  it.each([
    ['web', { webImageDigest: AMD64, dbImageDigest: ARM64 }, [AMD64]],
    ['web', { 'web-amd64ImageDigest': AMD64, 'web-arm64ImageDigest': ARM64, imageDigest: 'x' }, [AMD64, ARM64]],
    ['web', { webImageDigest: AMD64, dbImageDigest: '' }, [AMD64]],
    ['web', { build: { outputs: { webImageDigest: AMD64 } }, test: { outputs: { dbImageDigest: 1 } } }, [AMD64]],
  ])('of the prefix %s alone in %j', (prefix, value, digests) => {
    expect(digestsInJson(JSON.stringify(value), prefix)).toEqual(digests);
  });
});

describe('JSON without what is looked for', () => {
  it.each([
    ['no outputs', '{}'],
    ['no entries', '[]'],
    ['other outputs', '{"version":"v1","imageTags":"a"}'],
    ['digests alone', `["${AMD64}"]`],
    ['a job that was skipped', '{"build":{"result":"skipped","outputs":{}}}'],
  ])('is refused: %s', async (_, text) => {
    expect(await problemOf(() => digestsInJson(text, undefined))).toEqual({
      code: 'sources-malformed',
      message: 'sources: the JSON has no key imageDigest or ending in ImageDigest.',
      hint: 'Declare the outputs of the build step as outputs of its job.',
    });
  });

  it('is refused for another prefix, which the message names', async () => {
    expect(await problemOf(() => digestsInJson(JSON.stringify(LEGS), 'web'))).toMatchObject({
      code: 'sources-malformed',
      message: 'sources: the JSON has no key starting with web and ending in ImageDigest.',
    });
  });
});

describe('a value that is no digest', () => {
  it.each([
    ['empty', '', 'arm64ImageDigest is empty: its leg has handed no digest on'],
    ['null', null, 'arm64ImageDigest is not a digest'],
    ['a number', 1, 'arm64ImageDigest is not a digest'],
    ['a list', [ARM64], 'arm64ImageDigest is not a digest'],
    ['an object', { imageDigest: ARM64 }, 'arm64ImageDigest is not a digest'],
    ['a tag', 'v1', 'arm64ImageDigest is not a digest'],
    ['a digest with a line break', `${ARM64}\n`, 'arm64ImageDigest is not a digest'],
    ['a digest that is too short', 'sha256:1b', 'arm64ImageDigest is not a digest'],
    ['a full name', `a.example/b@${ARM64}`, 'arm64ImageDigest is not a digest'],
  ])('is refused: %s', async (_, value, reason) => {
    const text = JSON.stringify({ ...LEGS, arm64ImageDigest: value });
    expect(await problemOf(() => digestsInJson(text, undefined))).toEqual({
      code: 'sources-malformed',
      message: `sources: ${reason}.`,
      hint: expect.stringContaining('Every leg of the matrix'),
    });
  });
});

it.each(['{', '[', '{"imageDigest":}', `{"imageDigest":"${AMD64}",}`, `{'imageDigest':'${AMD64}'}`, '[v1-amd64]'])(
  'what only starts as JSON is refused: %s',
  async (text) => {
    const { code, message, hint } = await problemOf(() => digestsInJson(text, undefined));
    expect(code).toBe('sources-malformed');
    expect(message).toMatch(/^sources: the value starts as JSON but is none: /);
    expect(hint).toBe('Write sources: ${{ toJSON(needs.build.outputs) }}');
  },
);
