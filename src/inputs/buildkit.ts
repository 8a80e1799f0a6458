import querystring from 'node:querystring';
import type { TomlTable } from 'smol-toml';
import { findPrograms, type Programs } from '../buildkit/programs.ts';
import { checkDownloadUrl, checkSha256, checkVersion, findRelease, type Release } from '../buildkit/releases.ts';
import { MODES, type Mode } from '../plan/buildkit-mode.ts';
import { parseDaemonConfig } from '../plan/daemon-config.ts';
import type { Arch, Os } from '../plan/platforms.ts';
import type { Workflow } from '../runner.ts';
import { type Ask, attempt, oneOf, optional, type Raw } from './grammar.ts';
import { placeFile } from './places.ts';
import { readTextOrFile } from './texts.ts';

/** Which BuildKit runs, and how. */
export interface BuildkitInputs {
  readonly from: Release | Programs;
  /** Whether it comes from a mirror: GitHub may be out of reach. */
  readonly hasMirror: boolean;
  readonly mode: Mode;
  /** Of buildkitd.toml. */
  readonly config: TomlTable;
  /** Absolute path where data are kept beyond the job; undefined: they go with it. */
  readonly root: string | undefined;
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
  const config = await attempt(problems, async () => parseDaemonConfig(await readConfig(raw, workflow)));
  const root = await attempt(problems, () =>
    optional(raw, 'buildkitRoot', (path, input) => placeFile(path, { ...workflow, input })),
  );
  return () => ({
    mode: mode.get(),
    from: from.get(),
    hasMirror: downloadUrl.get() !== undefined,
    config: config.get(),
    root: root.get(),
  });
}

/** A comment is a text too: its line breaks are gone when there is nothing else. */
async function readConfig(raw: Raw, workflow: Workflow): Promise<string> {
  const value = raw.text('buildkitConfig') ?? '';
  return value.startsWith('#') ? value : ((await readTextOrFile(raw, 'buildkitConfig', workflow)) ?? '');
}

/** What an address may have beside host and path are secrets, as they stand and decoded. */
function maskSecrets(url: string, mask: (secret: string) => void): string {
  const { username, password, search } = URL.parse(url) ?? { username: '', password: '', search: '' };
  const query = search.slice(1);
  // A program may show a value alone. A short one, such as true, is no secret, and a log is full of it.
  const values = query.split('&').flatMap((pair) => /^[^=]*=(?<value>.{8,})$/.exec(pair)?.groups?.value ?? []);
  // A user name alone is a token; beside a password it is none, and may be a word that a log is full of.
  const user = password === '' ? username : '';
  for (const secret of [user, password, query, ...values].filter((part) => part !== '')) {
    mask(secret);
    mask(querystring.unescape(secret));
  }
  return url;
}
