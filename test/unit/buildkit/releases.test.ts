import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTable, TABLE, withListedVersions, withVersions } from '../../../scripts/propose-buildkit/table.ts';
import table from '../../../src/buildkit/releases.json' with { type: 'json' };
import { findRelease } from '../../../src/buildkit/releases.ts';
import { problemOf } from '../failures.ts';

const NOTHING = { version: undefined, sha256: undefined, downloadUrl: undefined, os: 'linux', arch: 'amd64' };
const RELEASES: Readonly<Record<string, Readonly<Record<string, string>>>> = table.releases;
const ROWS = Object.entries(RELEASES).flatMap(([version, checksums]) =>
  Object.entries(checksums).map(([platform, sha256]) => ({ version, platform, sha256 })),
);

describe('the table', () => {
  it.each(ROWS)('$version of $platform', ({ version, platform, sha256 }) => {
    expect(version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(platform).toMatch(/^linux-(?:amd64|arm64)$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has no checksum twice', () => {
    expect(new Set(ROWS.map(({ sha256 }) => sha256)).size).toBe(ROWS.length);
  });

  it('is written as the script writes it that proposes versions, and the README lists what it has', async () => {
    const root = join(import.meta.dirname, '../../..');
    const read = (name: string) => readFile(join(root, name), 'utf8');
    const parsed = parseTable(await read(TABLE));
    expect(`${JSON.stringify(withVersions(parsed, {}), null, 2)}\n`).toBe(await read(TABLE));
    expect(withListedVersions(await read('README.md'), parsed)).toBe(await read('README.md'));
  });

  it('has the pinned version for both architectures', () => {
    expect(table.default).toBe('v0.32.2');
    expect(RELEASES[table.default]).toEqual({
      'linux-amd64': '2975d0f651ad96ba8b80b9992ae1f9a964f4408569af5b6dc36544165c3926af',
      'linux-arm64': '9e8f46bf309ec0ab262967be5538a4dbe06be756a82621f98253933bac5dcf92',
    });
  });
});

describe('a release', () => {
  it.each(['amd64', 'arm64'])('is the pinned one by default: %s', (arch) => {
    expect(findRelease({ ...NOTHING, arch })).toEqual({
      kind: 'release',
      version: 'v0.32.2',
      url: `https://github.com/moby/buildkit/releases/download/v0.32.2/buildkit-v0.32.2.linux-${arch}.tar.gz`,
      sha256: RELEASES['v0.32.2']?.[`linux-${arch}`],
    });
  });

  it.each(Object.keys(RELEASES))('is known by its name with and without the v: %s', (version) => {
    const release = findRelease({ ...NOTHING, version });
    expect(release).toMatchObject({ version, sha256: RELEASES[version]?.['linux-amd64'] });
    expect(findRelease({ ...NOTHING, version: version.slice(1) })).toEqual(release);
  });

  it.each([
    ['v9.9.9', 'v9.9.9'],
    ['9.9.9-rc1', 'v9.9.9-rc1'],
  ])('%s of which no checksum is known needs one', async (version, name) => {
    const problem = await problemOf(() => findRelease({ ...NOTHING, version }));
    expect(problem.code).toBe('buildkit-version-unknown');
    expect(problem.message).toContain(`BuildKit ${name} for linux-amd64`);
    expect(problem.hint).toBe(
      `Use one of ${Object.keys(RELEASES).join(', ')}, or give the SHA-256 of the archive as buildkitSha256.`,
    );
    const sha256 = '0'.repeat(64);
    expect(findRelease({ ...NOTHING, version, sha256 })).toMatchObject({ version: name, sha256 });
  });

  it('is not known for another architecture', async () => {
    expect((await problemOf(() => findRelease({ ...NOTHING, os: 'linux', arch: 'riscv64' }))).code).toBe(
      'buildkit-version-unknown',
    );
  });

  it.each(['latest', 'v0.32', '0', 'v0.32.2.1', 'vv0.32.2', 'v0.32.2/../x', 'v0.32.2 ', 'toString', '__proto__'])(
    '%j is no version',
    async (version) => {
      expect(await problemOf(() => findRelease({ ...NOTHING, version }))).toEqual({
        code: 'input-invalid',
        message: `buildkitVersion: "${version}" is not a version.`,
        hint: 'Write it in full, such as v0.32.2.',
      });
    },
  );
});

describe('a checksum', () => {
  it.each([
    ['digits', 'ab'.repeat(32)],
    ['digits in upper case', 'AB'.repeat(32)],
    ['a digest', `sha256:${'ab'.repeat(32)}`],
  ])('wins over the table: %s', (_, sha256) => {
    expect(findRelease({ ...NOTHING, sha256 }).sha256).toBe('ab'.repeat(32));
  });

  it.each(['abc', 'ab'.repeat(31), 'ab'.repeat(33), 'xy'.repeat(32), `sha512:${'ab'.repeat(32)}`])(
    'is not %s',
    async (sha256) => {
      expect(await problemOf(() => findRelease({ ...NOTHING, sha256 }))).toMatchObject({
        code: 'input-invalid',
        message: `buildkitSha256: "${sha256}" is not a SHA-256.`,
      });
    },
  );
});

describe('a download address', () => {
  it.each([
    [
      'has all names',
      'https://mirror.example/{version}/{os}/{arch}.tgz',
      'https://mirror.example/v0.32.2/linux/amd64.tgz',
    ],
    ['has names twice', 'https://mirror.example/{arch}/{arch}', 'https://mirror.example/amd64/amd64'],
    ['has no names', 'http://mirror.example/buildkit.tgz?token=fake', 'http://mirror.example/buildkit.tgz?token=fake'],
  ])('%s', (_, downloadUrl, url) => {
    expect(findRelease({ ...NOTHING, downloadUrl }).url).toBe(url);
  });

  it.each([
    [
      'another name',
      'https://mirror.example/{platform}?token=fake-token',
      'buildkitDownloadUrl: {platform} is not known.',
    ],
    [
      'a name in upper case',
      'https://mirror.example/{Version}?token=fake-token',
      'buildkitDownloadUrl: {Version} is not known.',
    ],
    [
      'an inherited name',
      'https://mirror.example/{toString}?token=fake-token',
      'buildkitDownloadUrl: {toString} is not known.',
    ],
    ['no protocol', 'mirror.example/fake-token', 'buildkitDownloadUrl: the value is not an http or https address.'],
    ['another protocol', 'file:///fake-token', 'buildkitDownloadUrl: the value is not an http or https address.'],
    ['blanks', 'fake-token {version}', 'buildkitDownloadUrl: the value is not an http or https address.'],
  ])('is refused without being shown: %s', async (_, downloadUrl, message) => {
    const problem = await problemOf(() => findRelease({ ...NOTHING, downloadUrl }));
    expect(problem).toMatchObject({ code: 'input-invalid', message });
    expect(JSON.stringify(problem)).not.toContain('fake-token');
  });
});
