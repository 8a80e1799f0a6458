import { Failure, messageOf } from '../failure.ts';
import { parseJson } from '../json.ts';
import { architectureOf } from './platforms.ts';
import { checkTag, parseReference, type Repository } from './reference.ts';

/** Where one of the things that are joined is. */
export interface PartSource {
  /** As the user has written it. */
  readonly name: string;
  /** Undefined: the repository of the image. */
  readonly repository: Repository | undefined;
  /** Tag or digest. */
  readonly reference: string;
  /** Platform, such as `linux/amd64`, or architecture that it has to be for; undefined: any. */
  readonly expected: string | undefined;
}

/** Whether a part is what its tag says; a variant is only asked for when the tag names one. */
export function isExpected(platform: string, expected: string | undefined): boolean {
  const [, architecture] = platform.split('/');
  return [undefined, platform, architecture].includes(expected) || platform.startsWith(`${expected}/`);
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The parts that `platforms` names: `<tag>-amd64` is linux/amd64.
 * @param tag the first one of the image
 */
export function partsOfPlatforms(platforms: readonly string[], tag: string): PartSource[] {
  return platforms.map((platform) => {
    const reference = `${tag}-${architectureOf(platform)}`;
    return { name: reference, repository: undefined, reference, expected: platform };
  });
}

/**
 * Reads one entry of `sources`: a digest, a tag, or a full reference of either kind.
 * @throws Failure `sources-malformed`, `tag-malformed` and those of registries and names
 */
export function parseSource(entry: string): PartSource {
  if (DIGEST.test(entry)) {
    return { name: entry, repository: undefined, reference: entry, expected: undefined };
  }
  const { name = entry, digest } = /^(?<name>[^@]+)@(?<digest>.*)$/.exec(entry)?.groups ?? {};
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw malformed(
      `"${entry}" has a digest that is none`,
      'A digest is sha256: and 64 hexadecimal digits in lower case.',
    );
  }
  if (entry.startsWith('sha256:')) {
    throw malformed(`"${entry}" is not a digest`, 'A digest is sha256: and 64 hexadecimal digits in lower case.');
  }
  if (entry.includes(',')) {
    throw malformed(`"${entry}" has a comma`, 'Write one source per line.');
  }
  if (!entry.includes('/')) {
    return {
      name: entry,
      repository: undefined,
      reference: checkTag(entry, 'sources'),
      expected: architectureOfTag(entry),
    };
  }
  // What has a digest needs no tag, and a tag beside it does not count.
  const hasTag = /:[^/]*$/.test(name);
  const { host, repository, tag } = parseReference(
    hasTag ? name : digest === undefined ? name : `${name}:x`,
    'sources',
  );
  return {
    name: entry,
    repository: { host, repository },
    reference: digest ?? tag,
    expected: digest === undefined ? architectureOfTag(tag) : undefined,
  };
}

/** What the end of a tag says of the image, for those that matrices use. */
function architectureOfTag(tag: string): string | undefined {
  return ['amd64', 'arm64'].find((architecture) => tag.endsWith(`-${architecture}`));
}

/**
 * Finds the digests in JSON, such as `toJSON(needs.build.outputs)`: values of keys named `imageDigest` or ending in
 * `ImageDigest`, however deep.
 * @param prefix of the keys that count; undefined: all of them
 * @throws Failure `sources-malformed`
 */
export function digestsInJson(text: string, prefix: string | undefined): string[] {
  const pairs = digestPairs(parse(text)).filter(([key]) => prefix === undefined || key.startsWith(prefix));
  if (pairs.length === 0) {
    const key =
      prefix === undefined
        ? 'imageDigest or ending in ImageDigest'
        : `starting with ${prefix} and ending in ImageDigest`;
    throw malformed(`the JSON has no key ${key}`, 'Declare the outputs of the build step as outputs of its job.');
  }
  return pairs.map(([key, value]) => {
    if (typeof value === 'string' && DIGEST.test(value)) {
      return value;
    }
    throw malformed(
      value === '' ? `${key} is empty: its leg has handed no digest on` : `${key} is not a digest`,
      'Every leg of the matrix has to set its output; a leg that was skipped or has failed sets none.',
    );
  });
}

function digestPairs(value: unknown): (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'imageDigest' || key.endsWith('ImageDigest') ? [[key, child] as const] : digestPairs(child),
  );
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw malformed(
      `the value starts as JSON but is none: ${messageOf(cause)}`,
      'Write sources: ${{ toJSON(needs.build.outputs) }}',
    );
  }
}

function malformed(reason: string, hint: string): Failure {
  return new Failure({ code: 'sources-malformed', message: `sources: ${reason}.`, hint });
}
