import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { getTrustedRoot } from '@sigstore/tuf';
import { parseJson } from '../src/json.ts';
import { type CheckedArchive, checkArchive, checksumsOf } from './propose-buildkit/archive.ts';
import { candidates, type GithubRelease, parseReleases } from './propose-buildkit/candidates.ts';
import { messageOf, type Proposal } from './propose-buildkit/message.ts';
import { PLATFORMS, readTable, withVersions, writeTable } from './propose-buildkit/table.ts';

/**
 * Looks for versions of BuildKit that `src/buildkit/releases.json` lacks, downloads and checks their archives, and adds those to it. A
 * version that fails a check, or an address that does not answer, ends everything with an error, and nothing is written.
 *
 * --root DIRECTORY      the project whose table is read and written; this one by default
 * --message FILE        gets the text of the commit, only when there is something to propose
 * --cooldown-days N     how long a release has to be out
 * --api URL             GitHub's API; GITHUB_TOKEN is sent there and nowhere else
 * --trusted-root FILE   Sigstore's trusted root, in place of what its TUF repository has
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: join(import.meta.dirname, '..') },
      message: { type: 'string' },
      'cooldown-days': { type: 'string', default: '7' },
      api: { type: 'string', default: 'https://api.github.com' },
      'trusted-root': { type: 'string' },
    },
  });
  const cooldownDays = Number(values['cooldown-days']);
  if (!(cooldownDays >= 0)) {
    throw new Error(`--cooldown-days: ${values['cooldown-days']} is no number of days`);
  }
  const table = await readTable(values.root);
  const releases = await listReleases(values.api);
  const missing = candidates({ releases, table, now: new Date(), cooldownDays });
  if (missing.length === 0) {
    console.log(`The table has every release that is older than ${cooldownDays} days.`);
    return;
  }
  const trustedRoot = await readTrustedRoot(values['trusted-root']);
  const added = [];
  for (const release of missing) {
    added.push(await check(release, trustedRoot));
  }
  await writeTable(
    values.root,
    withVersions(table, Object.fromEntries(added.map(([{ version }, sums]) => [version, sums]))),
  );
  const message = messageOf(added.map(([proposal]) => proposal));
  console.log(message);
  if (values.message !== undefined) {
    await writeFile(values.message, message);
  }
}

async function listReleases(api: string): Promise<readonly GithubRelease[]> {
  const token = process.env.GITHUB_TOKEN;
  const url = `${api}/repos/moby/buildkit/releases?per_page=100`;
  const response = await fetch(url, {
    headers: { accept: 'application/vnd.github+json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) {
    throw new Error(`${url} answers ${response.status}`);
  }
  return parseReleases(await response.text());
}

async function readTrustedRoot(file: string | undefined): Promise<TrustedRoot> {
  return file === undefined ? getTrustedRoot() : TrustedRoot.fromJSON(parseJson(await readFile(file, 'utf8')));
}

/** All platforms of a release, or none. */
async function check(release: GithubRelease, trustedRoot: TrustedRoot) {
  const archives: (readonly [string, CheckedArchive])[] = [];
  for (const platform of PLATFORMS) {
    archives.push([platform, await checkArchive({ release, platform, trustedRoot })]);
  }
  const { version, publishedAt } = release;
  const proposal: Proposal = { version, publishedAt, archives: archives.map(([, archive]) => archive) };
  return [proposal, checksumsOf(archives)] as const;
}

await main();
