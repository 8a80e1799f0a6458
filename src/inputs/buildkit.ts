import querystring from 'node:querystring';
import { findPrograms, type Programs } from '../buildkit/programs.ts';
import { checkDownloadUrl, checkSha256, checkVersion, findRelease, type Release } from '../buildkit/releases.ts';
import { type Ask, attempt, oneOf, optional } from './grammar.ts';

const MODES = ['auto', 'root'] as const;

/** Which BuildKit runs, and how. */
export interface BuildkitInputs {
  readonly from: Release | Programs;
  readonly mode: (typeof MODES)[number];
}

export async function readBuildkit({ raw, problems, runner, mask }: Ask): Promise<() => BuildkitInputs> {
  const mode = await attempt(problems, () => oneOf(raw, 'buildkitMode', MODES) ?? 'auto');
  const version = await attempt(problems, () => optional(raw, 'buildkitVersion', checkVersion));
  const sha256 = await attempt(problems, () => optional(raw, 'buildkitSha256', checkSha256));
  const downloadUrl = await attempt(problems, () =>
    optional(raw, 'buildkitDownloadUrl', (url) => checkDownloadUrl(maskPassword(url, mask))),
  );
  const from = await attempt<Release | Programs>(problems, () => {
    const path = raw.text('buildkitPath');
    const { workspace, arch } = runner;
    return path === undefined
      ? findRelease({ version: version.get(), sha256: sha256.get(), downloadUrl: downloadUrl.get(), arch })
      : findPrograms({ path, workspace });
  });
  return () => ({ mode: mode.get(), from: from.get() });
}

/** The password of an address is a secret in both of its forms. */
function maskPassword(url: string, mask: (secret: string) => void): string {
  const { password } = URL.canParse(url) ? new URL(url) : { password: '' };
  if (password !== '') {
    mask(password);
    mask(querystring.unescape(password));
  }
  return url;
}
