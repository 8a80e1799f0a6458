import { Failure } from '../failure.ts';
import table from './releases.json' with { type: 'json' };

/** A release archive of BuildKit, and how it is known to be the right one. */
export interface Release {
  readonly kind: 'release';
  /** With the leading `v`. */
  readonly version: string;
  readonly url: string;
  /** Of the archive, 64 hexadecimal digits. */
  readonly sha256: string;
}

const RELEASES: Readonly<Record<string, Readonly<Record<string, string>>>> = table.releases;

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Address of the archives. `{version}` has the leading `v`; `{os}` and `{arch}` are Go's names. */
const DOWNLOAD_URL =
  'https://github.com/moby/buildkit/releases/download/{version}/buildkit-{version}.{os}-{arch}.tar.gz';

/**
 * Finds the archive of a version and its checksum.
 * The checksums are those that several projects pin independently of each other: docs/architecture.md, "Supply chain".
 * @param options.version the pinned one when undefined
 * @param options.sha256 wins over the table, for archives that were packed again
 * @throws Failure `buildkit-version-unknown`, `input-invalid`
 */
export function findRelease(options: {
  readonly version: string | undefined;
  readonly sha256: string | undefined;
  readonly downloadUrl: string | undefined;
  readonly os: string;
  readonly arch: string;
}): Release {
  const { sha256, os, arch } = options;
  const version = checkVersion(options.version ?? table.default);
  const downloadUrl = checkDownloadUrl(options.downloadUrl ?? DOWNLOAD_URL);
  const values: Readonly<Record<string, string>> = { version, os, arch };
  return {
    kind: 'release',
    version,
    url: downloadUrl.replaceAll(PLACEHOLDER, (_, name: string) => values[name] ?? ''),
    sha256: sha256 === undefined ? knownChecksum(version, `${os}-${arch}`) : checkSha256(sha256),
  };
}

function knownChecksum(version: string, machine: string): string {
  const known = RELEASES[version]?.[machine];
  if (known !== undefined) {
    return known;
  }
  throw new Failure({
    code: 'buildkit-version-unknown',
    message: `buildkitVersion: the checksum of BuildKit ${version} for ${machine} is not known to this action, and nothing is run unverified.`,
    hint: `Use one of ${Object.keys(RELEASES).join(', ')}, or give the SHA-256 of the archive as buildkitSha256.`,
  });
}

/**
 * Checks `buildkitVersion`.
 * @returns the version with its leading `v`
 * @throws Failure `input-invalid`
 */
export function checkVersion(version: string): string {
  if (/^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) {
    return version.startsWith('v') ? version : `v${version}`;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `buildkitVersion: "${version}" is not a version.`,
    hint: `Write it in full, such as ${table.default}.`,
  });
}

/**
 * Checks `buildkitSha256`.
 * @returns 64 hexadecimal digits in lower case
 * @throws Failure `input-invalid`
 */
export function checkSha256(sha256: string): string {
  const digits = sha256.replace(/^sha256:/, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) {
    return digits;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `buildkitSha256: "${sha256}" is not a SHA-256.`,
    hint: 'Give the 64 hexadecimal digits that sha256sum prints for the archive.',
  });
}

/**
 * Checks `buildkitDownloadUrl`, whose value is not shown: it may hold a token.
 * @returns the template
 * @throws Failure `input-invalid`
 */
export function checkDownloadUrl(template: string): string {
  const unknown = [...template.matchAll(PLACEHOLDER)].find(
    ([, name = '']) => !['version', 'os', 'arch'].includes(name),
  );
  const example = template.replaceAll(PLACEHOLDER, 'x');
  const isAddress = ['https:', 'http:'].includes(URL.parse(example)?.protocol ?? '');
  if (unknown === undefined && isAddress && !example.includes('{')) {
    return template;
  }
  throw new Failure({
    code: 'input-invalid',
    message:
      unknown === undefined
        ? 'buildkitDownloadUrl: the value is not an http or https address.'
        : `buildkitDownloadUrl: ${unknown[0]} is not known.`,
    hint: `Use {version}, {os} and {arch} as in ${DOWNLOAD_URL}.`,
  });
}
