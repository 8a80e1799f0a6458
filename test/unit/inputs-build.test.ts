import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };
const FILES = { Dockerfile: 'FROM scratch\n', 'lib/a.txt': '' };

async function buildOf(given: Readonly<Record<string, string>>) {
  const workspace = await makeDirectory(FILES);
  const { build } = await read({ workspace, with: { ...GOOD, ...given } });
  return { ...build, workspace };
}

describe('what a Dockerfile is built with', () => {
  it.each([
    [
      'buildArgs',
      'A=b\n  # C=d\nE=f # g\n',
      [
        { key: 'A', value: 'b' },
        { key: 'E', value: 'f # g' },
      ],
    ],
    ['buildArgs', 'A=b, c="d" é', [{ key: 'A', value: 'b, c="d" é' }]],
    [
      'buildArgs',
      'A=1\nA=2',
      [
        { key: 'A', value: '1' },
        { key: 'A', value: '2' },
      ],
    ],
    [
      'labels',
      'a.b=c d\r\ne=',
      [
        { key: 'a.b', value: 'c d' },
        { key: 'e', value: '' },
      ],
    ],
  ] as const)('%s: %j', async (input, value, pairs) => {
    expect((await buildOf({ [input]: value }))[input]).toEqual(pairs);
  });

  it.each([
    ['linux/amd64,linux/arm64', ['linux/amd64', 'linux/arm64']],
    ['linux/amd64\nlinux/arm64, linux/386', ['linux/amd64', 'linux/arm64', 'linux/386']],
    ['linux/arm64/v8, linux/amd64/v1', ['linux/arm64', 'linux/amd64']],
    [',', []],
  ])('platforms: %j', async (value, platforms) => {
    expect((await buildOf({ platforms: value })).platforms).toEqual(platforms);
  });

  it.each([
    ['', []],
    ['false', []],
    ['False', []],
    ['true', 'all'],
    ['TRUE', 'all'],
    ['build', ['build']],
    ['build, test\nlint', ['build', 'test', 'lint']],
  ])('noCache: %j', async (value, noCache) => {
    expect((await buildOf({ noCache: value })).noCache).toEqual(noCache);
  });

  it('annotations, of several levels', async () => {
    expect((await buildOf({ annotations: 'a=b\nindex,manifest:c=d', provenance: 'min' })).annotations).toEqual([
      { level: undefined, platform: undefined, key: 'a', value: 'b' },
      { level: 'index', platform: undefined, key: 'c', value: 'd' },
      { level: 'manifest', platform: undefined, key: 'c', value: 'd' },
    ]);
  });

  it.each([
    ['of one manifest', { platforms: 'linux/arm64/v8' }, undefined],
    ['of one manifest with an attestation', { platforms: 'linux/arm64', provenance: 'min' }, 'linux/arm64'],
    ['of one manifest without its attestation', { platforms: 'linux/arm64', provenance: 'false' }, undefined],
    ['of an index', { platforms: 'linux/amd64,linux/arm64' }, 'linux/arm64'],
  ])('annotations for a platform, %s', async (_, given, platform) => {
    const { annotations } = await buildOf({ ...given, annotations: 'manifest[linux/arm64]:a=b' });
    expect(annotations).toEqual([{ level: 'manifest', platform, key: 'a', value: 'b' }]);
  });

  it('buildContexts', async () => {
    const { contexts, workspace } = await buildOf({ buildContexts: 'base=docker-image://alpine:3\nlib=lib' });
    expect(contexts).toEqual([
      { name: 'base', source: 'docker-image://alpine:3', directory: undefined },
      { name: 'lib', source: 'local:lib', directory: join(workspace, 'lib') },
    ]);
  });
});

describe('a bad value', () => {
  it.each([
    ['buildArgs', 'A', 'pair-malformed', 'buildArgs: the entry "A" cannot be read'],
    ['buildArgs', '=b', 'pair-malformed', 'buildArgs: the entry ""'],
    ['labels', 'a b=c', 'pair-malformed', 'labels: the entry "a b"'],
    ['annotations', 'A=b', 'pair-malformed', 'annotations: the key "A" has upper-case letters'],
    ['annotations', 'index:a', 'pair-malformed', 'annotations: the entry "a"'],
    ['annotations', 'index:a=b', 'annotation-misplaced', 'annotations: one is for index, and an image of one platform'],
    ['annotations', 'manifest[linux/foo]:a=b', 'platform-unknown', 'annotations: "linux/foo" is not a platform.'],
    [
      'annotations',
      'manifest[linux/amd64]:a=b',
      'annotation-misplaced',
      'annotations: one is for linux/amd64, and the input platforms is not given.',
    ],
    ['buildContexts', 'lib', 'pair-malformed', 'buildContexts: the entry "lib"'],
    ['buildContexts', 'lib=gone', 'context-missing', 'buildContexts: "lib" is "gone"'],
    ['buildContexts', 'lib=../lib', 'path-outside', 'buildContexts: "../lib" leaves the workspace.'],
    ['platforms', 'linux/foo', 'platform-unknown', 'platforms: "linux/foo" is not a platform.'],
    ['platforms', 'linux/arm64, linux/arm64/v8', 'platform-duplicate', 'platforms: linux/arm64 is given twice.'],
    ['platforms', 'linux/amd64\nlinux/amd64', 'platform-duplicate', 'platforms: linux/amd64 is given twice.'],
    ['provenance', 'full', 'input-invalid', 'provenance: "full" is not one of its values.'],
    ['sbom', 'a b', 'input-invalid', 'sbom: "a b" is neither true or false'],
    ['secrets', 'npm', 'pair-malformed', 'secrets: an entry cannot be read: it has no "=".'],
    ['ssh', 'a b', 'pair-malformed', 'ssh: an entry cannot be read: an id has letters'],
    ['outputs', 'type=oci', 'exporter-malformed', 'outputs: an entry cannot be read: type=oci has no dest'],
    ['outputs', 'type=image, push=true', 'exporter-malformed', 'there is a blank around "push"'],
    ['outputs', 'type=registry', 'exporter-malformed', 'outputs: there is no exporter "registry".'],
    ['compression', 'lz4', 'input-invalid', 'compression: "lz4" is not one of its values.'],
    ['mediaTypes', 'OCI', 'input-invalid', 'mediaTypes: "OCI" is not one of its values.'],
    ['reproducible', 'yes', 'input-invalid', 'reproducible: "yes" is not one of its values.'],
    ['cache', 'max', 'input-invalid', 'cache: "max" is not one of its values.'],
    ['cacheTag', '-x', 'tag-malformed', 'cacheTag: "-x" is not a tag'],
    ['cacheTag', 'a.example/b', 'tag-malformed', 'cacheTag: "a.example/b" is not a tag'],
    ['cacheFrom', 'a.example/b:c', 'cache-malformed', 'cacheFrom: an entry cannot be read'],
    ['cacheTo', 'mode=max', 'cache-malformed', 'cacheTo: an entry cannot be read: it has no type.'],
    ['cacheTo', 'type=gha,token=x', 'cache-secret', 'cacheTo: token is a secret'],
    ['imageTag', 'buildcache-amd64', 'tag-reserved', 'is the name of a build cache'],
  ])('%s: %j is %s', async (input, value, code, message) => {
    const problem = await problemOf(() => buildOf({ [input]: value }));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
    expect(problem.hint).not.toBe('');
  });

  it('is reported with all the others', async () => {
    const { code, message } = await problemOf(() =>
      buildOf({
        platforms: 'linux/foo,linux/bar',
        buildArgs: 'A\nB',
        labels: '=x',
        annotations: 'A=b',
        buildContexts: 'lib=gone',
        secrets: 'a=env:GONE\nb=file:gone',
        ssh: 'default',
        provenance: 'full',
        sbom: 'a b',
        outputs: 'type=oci',
        compression: 'zstd',
        mediaTypes: 'docker',
        reproducible: 'yes',
        cache: 'gha',
        cacheTag: 'x',
        cacheFrom: 'type=gha,token=x',
      }),
    );
    expect(code).toBe('inputs-invalid');
    const codes = [...message.matchAll(/ \((?<code>[a-z-]+)\)$/gm)].map(({ groups }) => groups?.code);
    expect(codes).toEqual([
      ...['cache-secret', 'cache-conflict', 'exporter-malformed', 'input-invalid', 'compression-conflict'],
      ...['platform-unknown', 'platform-unknown', 'pair-malformed', 'pair-malformed', 'pair-malformed'],
      ...['pair-malformed', 'context-missing', 'secret-unavailable', 'secret-unavailable', 'ssh-unavailable'],
      ...['input-invalid', 'input-invalid'],
    ]);
  });
});
