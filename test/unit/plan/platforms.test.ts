import { describe, expect, it } from 'vitest';
import {
  architectureOf,
  builtPlatforms,
  checkDistinctPlatforms,
  checkPlatform,
  formatPlatform,
  normalizePlatform,
} from '../../../src/plan/platforms.ts';
import { problemOf } from '../failures.ts';

describe('a platform', () => {
  it.each(['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/amd64/v3', 'linux/s390x', 'windows/amd64'])(
    '%s is one',
    (platform) => {
      expect(checkPlatform(platform)).toBe(platform);
    },
  );

  it.each([
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['windows/amd64/v1', 'windows/amd64'],
  ])('%s is another spelling of %s', (platform, normal) => {
    expect(checkPlatform(platform)).toBe(normal);
  });

  it('names the input that it stands in', async () => {
    expect((await problemOf(() => checkPlatform('all', 'extraArgs'))).message).toBe(
      'extraArgs: "all" is not a platform.',
    );
  });

  it.each([
    ['x86_64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['x64', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['aarch64', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['arm/v6', 'linux/arm/v6'],
    ['linux/arm', 'linux/arm/v7'],
    ['armhf', 'linux/arm/v7'],
    ['i386', 'linux/386'],
    ['386', 'linux/386'],
  ])('%s is told to be %s', async (platform, meant) => {
    expect(await problemOf(() => checkPlatform(platform))).toEqual({
      code: 'platform-unknown',
      message: `platforms: "${platform}" is not a platform.`,
      hint: `Write ${meant}.`,
    });
  });

  it.each([
    'linux/foo',
    'linux',
    'Linux/AMD64',
    'linux/amd64/',
    'linux/arm/',
    'linux/amd64/v2/x',
    'linux/arm64/v8/',
    'linux/arm64/v9',
    'linux/arm64/V8',
    'linux//v7',
    '/amd64',
    'linux/amd64/v1 ',
    'darwin/arm64',
    'all',
    '',
    'constructor',
    'toString',
    '__proto__',
  ])('%j is none, and all are named', async (platform) => {
    const { code, message, hint } = await problemOf(() => checkPlatform(platform));
    expect([code, message]).toEqual(['platform-unknown', `platforms: "${platform}" is not a platform.`]);
    expect(hint).toMatch(/^Use linux\/386, linux\/amd64, .*, windows\/arm64\.$/);
  });
});

it.each([
  ['linux/amd64', 'amd64'],
  ['linux/arm64', 'arm64'],
  ['linux/arm/v7', 'arm-v7'],
  ['windows/amd64', 'amd64'],
])('the architecture of %s is %s', (platform, architecture) => {
  expect(architectureOf(platform)).toBe(architecture);
});

describe('several platforms', () => {
  it.each([[[]], [['linux/amd64']], [['linux/amd64', 'linux/amd64/v2', 'linux/arm64']]])('may be %j', (platforms) => {
    expect(() => checkDistinctPlatforms(platforms)).not.toThrow();
  });

  it.each([
    [['linux/amd64', 'linux/amd64'], 'linux/amd64'],
    [['linux/amd64', 'linux/arm64', 'linux/386', 'linux/arm64', 'linux/amd64'], 'linux/arm64'],
  ])('may not be %j', async (platforms, repeated) => {
    expect(await problemOf(() => checkDistinctPlatforms(platforms))).toEqual({
      code: 'platform-duplicate',
      message: `platforms: ${repeated} is given twice.`,
      hint: 'Name each platform once; linux/arm64/v8 is another spelling of linux/arm64.',
    });
  });

  it.each([
    [[], ['linux/arm64']],
    [['linux/amd64'], ['linux/amd64']],
    [
      ['linux/amd64', 'linux/arm/v7'],
      ['linux/amd64', 'linux/arm/v7'],
    ],
  ])('%j: built are %j', (platforms, built) => {
    expect(builtPlatforms({ build: { platforms } }, { arch: 'arm64' })).toEqual(built);
  });
});

describe('a platform in parts', () => {
  it.each([
    [{ os: 'linux', architecture: 'amd64' }, 'linux/amd64', {}],
    [{ os: 'linux', architecture: 'amd64', variant: 'v1' }, 'linux/amd64', {}],
    [{ os: 'linux', architecture: 'amd64', variant: 'v3' }, 'linux/amd64/v3', { variant: 'v3' }],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64', {}],
    [{ os: 'linux', architecture: 'arm64', variant: 'v9' }, 'linux/arm64/v9', { variant: 'v9' }],
    [{ os: 'linux', architecture: 'arm', variant: 'v6' }, 'linux/arm/v6', { variant: 'v6' }],
    [{ os: 'linux', architecture: 'arm' }, 'linux/arm/v7', { variant: 'v7' }],
    [{ os: 'linux', architecture: 'arm', variant: '' }, 'linux/arm/v7', { variant: 'v7' }],
    [{ os: 'linux', architecture: 's390x', variant: '' }, 'linux/s390x', {}],
  ])('%j is %s', (platform, text, variant) => {
    expect(formatPlatform(platform)).toBe(text);
    expect(normalizePlatform(platform)).toEqual({ os: 'linux', architecture: platform.architecture, ...variant });
  });

  it('keeps the version and the features of Windows, which are not written', () => {
    const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0', 'os.features': ['win32k'] };
    expect(normalizePlatform(platform)).toEqual(platform);
    expect(formatPlatform(platform)).toBe('windows/amd64');
  });
});
