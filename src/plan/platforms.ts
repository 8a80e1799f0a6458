import { Failure } from '../failure.ts';

/** A platform as an index describes it. Source: OCI image specification, image index. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** BuildKit's names of the processors that it runs on here. */
export type Arch = 'amd64' | 'arm64';

/** BuildKit's names of the systems that its client runs on; the daemon runs on Linux. */
export type Os = 'linux' | 'darwin' | 'windows';

/** Platforms that images are built for, in the spelling of BuildKit. Source: containerd platforms, Go's ports. */
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
 * @returns the platform in BuildKit's spelling: `linux/arm64/v8` is `linux/arm64`
 * @throws Failure `platform-unknown`
 */
export function checkPlatform(platform: string, input = 'platforms'): string {
  // An empty part is a slip of the pen, not a variant that every processor has.
  const parts = platform.split('/');
  const normal = parts.includes('') || parts.length > 3 ? platform : formatPlatform(parsePlatform(platform));
  const found = PLATFORMS.find((candidate) => candidate === normal);
  // Another name of an architecture is told how it is written, as everywhere else it would not be understood.
  if (found !== undefined && found.split('/')[1] === parts[1] && platform !== 'linux/arm') {
    return found;
  }
  const bare = platform.replace(/^linux\//, '');
  const meant =
    OTHER_NAMES.get(platform) ??
    OTHER_NAMES.get(bare) ??
    PLATFORMS.find((candidate) => candidate === `linux/${platform}`);
  throw new Failure({
    code: 'platform-unknown',
    message: `${input}: "${platform}" is not a platform.`,
    hint: meant === undefined ? `Use ${PLATFORMS.join(', ')}.` : `Write ${meant}.`,
  });
}

/**
 * An index has each platform once.
 * @param platforms in BuildKit's spelling
 * @throws Failure `platform-duplicate`
 */
export function checkDistinctPlatforms(platforms: readonly string[]): void {
  const repeated = platforms.find((platform, index) => platforms.indexOf(platform) !== index);
  if (repeated !== undefined) {
    throw new Failure({
      code: 'platform-duplicate',
      message: `platforms: ${repeated} is given twice.`,
      hint: 'Name each platform once; linux/arm64/v8 is another spelling of linux/arm64.',
    });
  }
}

/** What is built: the platforms that are asked for, else the machine's own. */
export function builtPlatforms(
  { build }: { readonly build: { readonly platforms: readonly string[] } },
  { arch }: { readonly arch: string },
): readonly [string, ...string[]] {
  const [first, ...others] = build.platforms;
  return first === undefined ? [`linux/${arch}`] : [first, ...others];
}

/** Takes `os/architecture/variant` apart. */
function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}

/**
 * Writes a platform as BuildKit does, without a variant that every processor of the architecture has.
 * Source: containerd platforms, normalizeArch.
 */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = normalizePlatform(platform);
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Source: containerd platforms, Normalize. */
export function normalizePlatform({ os, architecture: given, variant: version, ...rest }: Platform): Platform {
  const architecture = ARCHITECTURES.get(given) ?? given;
  const numbered = version && /^\d/.test(version) ? `v${version}` : version;
  const variant = (given === 'armel' ? 'v6' : undefined) ?? (numbered || (architecture === 'arm' ? 'v7' : undefined));
  const isCommon = ['arm64/v8', 'arm64/v8.0', 'amd64/v1'].includes(`${architecture}/${variant}`);
  return { architecture, os, ...rest, ...(variant && !isCommon ? { variant } : {}) };
}

/** What the configurations of some tools call an architecture. Source: containerd platforms, normalizeArch. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['i386', '386'],
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['armel', 'arm'],
]);

/** How a tag names an architecture: `linux/arm/v7` is `arm-v7`. */
export function architectureOf(platform: string): string {
  return platform.split('/').slice(1).join('-');
}

/** Processors that an emulator is named otherwise for. Source: BuildKit v0.32.2, solver/llbsolver/ops/exec_binfmt.go. */
const EMULATED_NAMES: ReadonlyMap<string, string> = new Map([
  ['arm64', 'aarch64'],
  ['amd64', 'x86_64'],
  ['386', 'i386'],
]);

/**
 * The program that BuildKit runs the programs of a platform with, such as `buildkit-qemu-aarch64`.
 * @param platform in BuildKit's spelling
 * @param arch the machine's own processor
 * @returns undefined where none is needed or of use: the machine's own processor, 386 on amd64, another system. Not every
 * arm64 machine runs arm, so it has one there.
 */
export function emulatorOf(platform: string, arch: Arch): string | undefined {
  const [os, architecture = ''] = platform.split('/');
  const isOwn = architecture === arch || (architecture === '386' && arch === 'amd64');
  return os !== 'linux' || isOwn ? undefined : `buildkit-qemu-${EMULATED_NAMES.get(architecture) ?? architecture}`;
}

/** The emulators that platforms may need on a machine, each once. */
export function emulatorsOf(platforms: readonly string[], arch: Arch): string[] {
  return [...new Set(platforms.flatMap((platform) => emulatorOf(platform, arch) ?? []))];
}

/** Every emulator that a machine may ever need, each once, in an order that stays. */
export function emulatorsOn(arch: Arch): string[] {
  return emulatorsOf(PLATFORMS, arch);
}
