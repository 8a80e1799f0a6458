import querystring from 'node:querystring';
import { findPrograms, type Programs } from '../buildkit/programs.ts';
import { checkDownloadUrl, checkSha256, checkVersion, findRelease, type Release } from '../buildkit/releases.ts';
import type { Arch, Os } from '../plan/platforms.ts';
import { type Ask, attempt, oneOf, optional } from './grammar.ts';

const MODES = ['auto', 'root'] as const;

/** Which BuildKit runs, and how. */
export interface BuildkitInputs {
  readonly from: Release | Programs;
  readonly mode: (typeof MODES)[number];
}

/** Reads the inputs whose names begin with `buildkit`; an address may hold secrets, which are masked. */
export async function readBuildkit(
  { raw, problems, workflow, mask }: Ask,
  { os, arch, isRemote }: { readonly os: Os; readonly arch: Arch; readonly isRemote: boolean },
): Promise<() => BuildkitInputs> {
  const mode = await attempt(problems, () => oneOf(raw, 'buildkitMode', MODES) ?? 'auto');
  const version = await attempt(problems, () => optional(raw, 'buildkitVersion', checkVersion));
  const sha256 = await attempt(problems, () => optional(raw, 'buildkitSha256', checkSha256));
  const downloadUrl = await attempt(problems, () =>
    optional(raw, 'buildkitDownloadUrl', (url) => checkDownloadUrl(maskSecrets(url, mask))),
  );
  const from = await attempt<Release | Programs>(problems, () => {
    const path = raw.text('buildkitPath');
    const { workspace } = workflow;
    return path === undefined
      ? findRelease({ version: version.get(), sha256: sha256.get(), downloadUrl: downloadUrl.get(), os, arch })
      : findPrograms({ path, workspace, isRemote });
  });
  return () => ({ mode: mode.get(), from: from.get() });
}

/** What an address may have beside host and path are secrets, as they stand and decoded. */
function maskSecrets(url: string, mask: (secret: string) => void): string {
  const { username, password, search } = URL.canParse(url) ? new URL(url) : { username: '', password: '', search: '' };
  // A user name alone is a token; beside a password it is none, and may be a word that a log is full of.
  const user = password === '' ? username : '';
  for (const secret of [user, password, search.slice(1)].filter((part) => part !== '')) {
    mask(secret);
    mask(querystring.unescape(secret));
  }
  return url;
}
