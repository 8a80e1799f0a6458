import { at, parseJson, textAt } from '../../src/json.ts';
import { compareVersions, isVersion, type Table } from './table.ts';

/** A release as GitHub's API describes it. */
export interface GithubRelease {
  readonly version: string;
  readonly publishedAt: Date;
  readonly assets: readonly Asset[];
}

export interface Asset {
  readonly name: string;
  readonly url: string;
  /** 64 hexadecimal digits, computed by GitHub when the asset was uploaded. Source: REST API, "List releases", `digest`. */
  readonly sha256: string | undefined;
}

const DAY = 86_400_000;

/**
 * The stable releases in an answer of `GET /repos/{owner}/{repo}/releases`. Drafts, pre-releases and tags of another form are left out.
 * @throws Error when it is no such answer
 */
export function parseReleases(text: string): readonly GithubRelease[] {
  const answer = parseJson(text);
  if (!Array.isArray(answer)) {
    throw new Error('the list of releases is not a list');
  }
  return answer
    .filter((release) => at(release, 'draft') === false && at(release, 'prerelease') === false)
    .filter((release) => isVersion(textAt(release, 'tag_name') ?? ''))
    .map((release) => ({
      version: textAt(release, 'tag_name') ?? '',
      publishedAt: new Date(textAt(release, 'published_at') ?? Number.NaN),
      assets: parseAssets(at(release, 'assets')),
    }));
}

function parseAssets(assets: unknown): readonly Asset[] {
  return (Array.isArray(assets) ? assets : []).map((asset) => ({
    name: textAt(asset, 'name') ?? '',
    url: textAt(asset, 'browser_download_url') ?? '',
    sha256: /^sha256:([0-9a-f]{64})$/.exec(textAt(asset, 'digest') ?? '')?.[1],
  }));
}

/**
 * The releases that the table lacks: newer ones of a line (`v0.32`) that it has, and lines that are newer than all of it.
 * @param options.cooldownDays a release that is younger waits: a bad one is often noticed and taken back within days
 * @returns the newest first
 */
export function candidates(options: {
  readonly releases: readonly GithubRelease[];
  readonly table: Table;
  readonly now: Date;
  readonly cooldownDays: number;
}): readonly GithubRelease[] {
  const { releases, table, now, cooldownDays } = options;
  const known = Object.keys(table.releases).sort(compareVersions);
  const latest = now.getTime() - cooldownDays * DAY;
  return releases
    .filter(({ publishedAt }) => publishedAt.getTime() <= latest)
    .filter(({ version }) => {
      const ofLine = known.filter((one) => lineOf(one) === lineOf(version));
      return compareVersions(version, (ofLine.length > 0 ? ofLine : known).at(-1) ?? 'v0.0.0') > 0;
    })
    .sort((one, other) => compareVersions(other.version, one.version));
}

function lineOf(version: string): string {
  return version.slice(0, version.lastIndexOf('.'));
}
