import { Failure } from '../failure.ts';

/** Platforms that images are built for, in the spelling of OCI. Source: containerd platforms, Go's ports. */
const PLATFORMS = [
  'linux/386',
  'linux/amd64',
  'linux/amd64/v2',
  'linux/amd64/v3',
  'linux/amd64/v4',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/arm64',
  'linux/arm64/v8',
  'linux/loong64',
  'linux/mips64',
  'linux/mips64le',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
  'windows/amd64',
  'windows/arm64',
] as const;

/** What people write, and what it is called. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'linux/amd64'],
  ['x64', 'linux/amd64'],
  ['aarch64', 'linux/arm64'],
  ['armhf', 'linux/arm/v7'],
  ['linux/arm', 'linux/arm/v7'],
  ['i386', 'linux/386'],
]);

/**
 * Checks one of `platforms`; BuildKit would take anything and fail late, or not at all.
 * @throws Failure `platform-unknown`
 */
export function checkPlatform(platform: string): string {
  const found = PLATFORMS.find((candidate) => candidate === platform);
  if (found !== undefined) {
    return found;
  }
  const bare = platform.replace(/^linux\//, '');
  const meant =
    OTHER_NAMES.get(platform) ??
    OTHER_NAMES.get(bare) ??
    PLATFORMS.find((candidate) => candidate === `linux/${platform}`);
  throw new Failure({
    code: 'platform-unknown',
    message: `platforms: "${platform}" is not a platform.`,
    hint: meant === undefined ? `Use ${PLATFORMS.join(', ')}.` : `Write ${meant}.`,
  });
}

/** How a tag names an architecture: `linux/arm/v7` is `arm-v7`. */
export function architectureOf(platform: string): string {
  return platform.split('/').slice(1).join('-');
}
