import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory } from './job.ts';
import { readMerge } from './merges.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const AMD64 = `sha256:${'0a'.repeat(32)}`;
const ARM64 = `sha256:${'1b'.repeat(32)}`;
const GOOD = { imageShortName: 'nginx', imageTag: 'v1', awsRegion: 'eu-west-1' };
const PLATFORMS = { platforms: 'linux/amd64,linux/arm64' };
const FORK = { name: 'pull_request', ref: 'refs/pull/7/merge', onDefaultBranch: false, fromFork: true };

async function merged(given: Readonly<Record<string, string>>) {
  return readMerge({ workspace: await makeDirectory(), with: { ...GOOD, ...given } });
}

/** The codes that a joint error lists, in its order. */
function codesIn(message: string): string[] {
  return [...message.matchAll(/ \((?<code>[a-z0-9-]+)\)$/gm)].map(({ groups }) => groups?.code ?? '');
}

describe('what is joined', () => {
  it.each([
    ['platforms', { platforms: 'linux/arm/v7\n# none\nlinux/arm64/v8, ' }, ['v1-arm-v7', 'v1-arm64'], true],
    ['platforms of the first tag', { ...PLATFORMS, imageTag: 'v2,v1' }, ['v2-amd64', 'v2-arm64'], true],
    [
      'platforms of a full reference',
      { ...PLATFORMS, imageTag: `${HOST}/nginx:v3,v1` },
      ['v3-amd64', 'v3-arm64'],
      true,
    ],
    ['digests', { sources: `${ARM64}\n  ${AMD64}\n${ARM64}` }, [ARM64, AMD64], true],
    ['digests with the line breaks of Windows', { sources: `${ARM64} \r\n${AMD64}\r\n` }, [ARM64, AMD64], true],
    ['tags', { sources: 'a\nb' }, ['a', 'b'], true],
    [
      'JSON',
      { sources: JSON.stringify({ armImageDigest: ARM64, amdImageDigest: AMD64, alsoImageDigest: AMD64 }, null, 2) },
      [ARM64, AMD64],
      false,
    ],
    [
      'JSON of one prefix',
      { image: 'Web', sources: JSON.stringify({ webImageDigest: ARM64, dbImageDigest: AMD64 }) },
      [ARM64],
      false,
    ],
    ['a list in JSON', { sources: JSON.stringify([{ imageDigest: AMD64 }]) }, [AMD64], false],
  ])('%s', async (_, given, references, ordered) => {
    const inputs = await merged(given);
    expect(inputs.parts.map(({ reference }) => reference)).toEqual(references);
    expect(inputs.ordered).toBe(ordered);
  });
});

describe('one bad input', () => {
  it.each([
    ['neither', {}, 'sources-malformed', 'sources: neither it nor platforms says what is joined.'],
    ['both', { ...PLATFORMS, sources: AMD64 }, 'sources-malformed', 'sources: platforms is given, too'],
    ['platforms without one', { platforms: ' , ' }, 'sources-malformed', 'sources: '],
    ['platforms in a comment', { platforms: '# linux/amd64' }, 'sources-malformed', 'sources: '],
    ['sources in a comment', { sources: '# v1-amd64' }, 'sources-malformed', 'sources: '],
    ['a platform that is none', { platforms: 'amd64' }, 'platform-unknown', 'platforms: "amd64" is not a platform.'],
    [
      'a platform twice',
      { platforms: 'linux/arm64,linux/arm64/v8' },
      'platform-duplicate',
      'linux/arm64 is given twice',
    ],
    ['platforms with the same tag', { platforms: 'linux/amd64,windows/amd64' }, 'platform-duplicate', 'platforms: '],
    ['a source that is none', { sources: 'v 1' }, 'tag-malformed', 'sources: "v 1" is not a tag'],
    ['a digest that is none', { sources: 'sha256:0a' }, 'sources-malformed', 'sources: "sha256:0a" is not a digest.'],
    ['JSON without digests', { sources: '{"version":"v1"}' }, 'sources-malformed', 'sources: the JSON has no key'],
    ['JSON of another prefix', { image: 'web', sources: `{"imageDigest":"${AMD64}"}` }, 'sources-malformed', 'web'],
    ['JSON that is none', { sources: '{' }, 'sources-malformed', 'sources: the value starts as JSON but is none'],
    ['a leg without a digest', { sources: '{"imageDigest":""}' }, 'sources-malformed', 'imageDigest is empty'],
    ['no tag', { ...PLATFORMS, imageTag: ' ' }, 'input-missing', 'imageTag: no value is given.'],
    ['only a comment as tag', { ...PLATFORMS, imageTag: '# v1' }, 'input-missing', 'imageTag: no value is given.'],
    ['the tag of a cache', { ...PLATFORMS, imageTag: 'buildcache' }, 'tag-reserved', 'imageTag: "buildcache"'],
    ['no name', { ...PLATFORMS, imageShortName: '' }, 'input-missing', 'imageShortName: no value is given.'],
    ['no region', { ...PLATFORMS, awsRegion: '' }, 'region-missing', 'awsRegion: no region is given.'],
    ['another policy', { ...PLATFORMS, ifTagExists: 'Skip' }, 'input-invalid', 'ifTagExists: "Skip" is not one'],
    ['an annotation without value', { ...PLATFORMS, annotations: 'index:a' }, 'pair-malformed', 'annotations: '],
    [
      'an annotation where a merge does not write',
      { ...PLATFORMS, annotations: 'manifest:a=b' },
      'annotation-misplaced',
      'annotations: one is for manifest',
    ],
    [
      'an annotation for a platform that is none',
      { ...PLATFORMS, annotations: 'manifest-descriptor[amd64]:a=b' },
      'platform-unknown',
      'annotations: "amd64" is not a platform.',
    ],
    [
      'a file without a container',
      { ...PLATFORMS, imageDefinitionsFile: 'images.json' },
      'input-missing',
      'ecsContainerName: no value is given',
    ],
    [
      'a second name for several registries',
      { ...PLATFORMS, imageRegistryPath: `${HOST}\npublic.ecr.aws/acme`, containerRegistry: 'images.example' },
      'registry-malformed',
      'containerRegistry: "images.example" is another name of one registry',
    ],
    ['a container that is none', { ...PLATFORMS, ecsContainerName: 'a b' }, 'input-invalid', 'ecsContainerName: "a b"'],
    ['no credentials', { ...PLATFORMS, awsCredentials: 'gone' }, 'credentials-file-missing', 'awsCredentials: '],
  ])('%s', async (_, given, code, message) => {
    const problem = await problemOf(() => merged(given));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
    expect(problem.hint).not.toBe('');
  });

  it('the pull request of a fork, which has no input that could be changed', async () => {
    const workspace = await makeDirectory();
    const problem = await problemOf(() => readMerge({ workspace, with: { ...GOOD, ...PLATFORMS }, event: FORK }));
    expect(problem.code).toBe('credentials-fork');
    expect(problem.message).not.toContain('push:');
    expect(problem.hint).not.toContain('push:');
  });
});

it('all bad inputs are reported together, each once', async () => {
  const { code, message, hint } = await problemOf(() =>
    merged({
      imageShortName: 'Nginx',
      imageRegistryPath: 'ecr\npublic.ecr.aws',
      imageTag: '.v1',
      image: 'a b',
      platforms: 'amd64',
      sources: 'sha256:0a\nv 1',
      annotations: 'A=b',
      ifTagExists: 'never',
      awsRegion: 'tokyo',
      ecsContainerName: 'a b',
      summary: 'perhaps',
    }),
  );
  expect(code).toBe('inputs-invalid');
  expect(hint).toBe('Nothing was downloaded, started or called.');
  expect(codesIn(message)).toEqual([
    ...['registry-malformed', 'registry-malformed', 'image-name-malformed', 'tag-malformed', 'input-invalid'],
    ...['platform-unknown', 'sources-malformed', 'tag-malformed', 'sources-malformed', 'pair-malformed'],
    ...['input-invalid', 'input-invalid', 'input-invalid', 'input-invalid'],
  ]);
});
