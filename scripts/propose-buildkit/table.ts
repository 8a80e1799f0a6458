import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, parseJson, textAt } from '../../src/json.ts';

/** `src/buildkit/releases.json`: SHA-256 of the archives by version and platform, the newest version first. */
export interface Table {
  readonly default: string;
  readonly releases: Readonly<Record<string, Checksums>>;
}

/** SHA-256 of an archive, 64 hexadecimal digits, by platform. */
export type Checksums = Readonly<Record<string, string>>;

/** The platforms that the action runs on. */
export const PLATFORMS = ['linux-amd64', 'linux-arm64'] as const;

export const TABLE = 'src/buildkit/releases.json';

/**
 * @param root of the project
 * @throws Error when it is not a table
 */
export async function readTable(root: string): Promise<Table> {
  return parseTable(await readFile(join(root, TABLE), 'utf8'));
}

/** @throws Error when the text is not a table of versions with a checksum for each platform */
export function parseTable(text: string): Table {
  const value = parseJson(text);
  const releases = Object.keys(Object(at(value, 'releases'))).map((version) => {
    const checksums = Object.keys(Object(at(value, 'releases', version)));
    if (!isVersion(version) || checksums.join() !== PLATFORMS.join()) {
      throw new Error(`${JSON.stringify(version)} of the table is not a version with ${PLATFORMS.join(' and ')}`);
    }
    return [version, Object.fromEntries(PLATFORMS.map((name) => [name, checksumAt(value, version, name)]))] as const;
  });
  const pinned = textAt(value, 'default');
  if (pinned === undefined || !releases.some(([version]) => version === pinned)) {
    throw new Error('the default of the table is none of its versions');
  }
  return { default: pinned, releases: Object.fromEntries(releases) };
}

function checksumAt(value: unknown, version: string, platform: string): string {
  const sha256 = textAt(value, 'releases', version, platform);
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error(`${version} of the table has no SHA-256 for ${platform}`);
  }
  return sha256;
}

/** A table with more versions. The pinned one stays: a new default is somebody's decision. */
export function withVersions(table: Table, added: Readonly<Record<string, Checksums>>): Table {
  const all = Object.entries({ ...table.releases, ...added });
  return {
    ...table,
    releases: Object.fromEntries(all.sort(([one], [other]) => compareVersions(other, one))),
  };
}

/**
 * What a table has more than another one, when it changes nothing else.
 * @throws Error when it changes the default, or takes away or changes a version
 */
export function addedVersions(before: Table, after: Table): Readonly<Record<string, Checksums>> {
  const changed = Object.entries(before.releases).find(([version, checksums]) =>
    PLATFORMS.some((name) => after.releases[version]?.[name] !== checksums[name]),
  );
  if (changed !== undefined || after.default !== before.default) {
    throw new Error(`the proposed table changes ${changed?.[0] ?? 'the default'}; it may only add versions`);
  }
  return Object.fromEntries(
    Object.entries(after.releases).filter(([version]) => before.releases[version] === undefined),
  );
}

/** Writes the table, and its versions where the README lists them. */
export async function writeTable(root: string, table: Table): Promise<void> {
  const readme = join(root, 'README.md');
  const text = withListedVersions(await readFile(readme, 'utf8'), table);
  await writeFile(join(root, TABLE), `${JSON.stringify(table, null, 2)}\n`);
  await writeFile(readme, text);
}

/** @throws Error when the README has no such list */
export function withListedVersions(readme: string, table: Table): string {
  const list = /(one whose checksum the action holds \()[^)]*(\))/;
  if (!list.test(readme)) {
    throw new Error('README.md does not list the versions whose checksum the action holds');
  }
  const versions = Object.keys(table.releases).map((version) => `\`${version}\``);
  return readme.replace(list, (_, before: string, after: string) => before + versions.join(', ') + after);
}

/** Whether a tag is that of a stable release: a pre-release has a suffix. */
export function isVersion(tag: string): boolean {
  return /^v\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(tag);
}

/** Negative where the first is older. */
export function compareVersions(one: string, other: string): number {
  const [numbers, others] = [one, other].map((version) => version.slice(1).split('.').map(Number));
  const differences = (numbers ?? []).map((number, index) => number - (others?.[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
