import { describe, expect, it } from 'vitest';
import { architectureOf, checkPlatform } from '../../../src/plan/platforms.ts';
import { problemOf } from '../failures.ts';

describe('a platform', () => {
  it.each(['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/amd64/v3', 'linux/s390x', 'windows/amd64'])(
    '%s is one',
    (platform) => {
      expect(checkPlatform(platform)).toBe(platform);
    },
  );

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
    'linux/arm64/v9',
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
