import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, isProgram } from '../machine/programs.ts';
import type { Arch } from '../plan/platforms.ts';
import { type Archive, bringTools, placeOf } from './archive.ts';
import type { Programs } from './programs.ts';
import type { Release } from './releases.ts';
import type { Tool } from './tool-cache.ts';

/** The program that makes the namespaces in which a daemon without rights is root. */
export type Rootlesskit =
  | { readonly kind: 'program'; readonly path: string }
  /** To be downloaded, unless the tool cache has it; its path is known before. */
  | { readonly kind: 'release'; readonly release: Release; readonly path: string };

const TOOL: Tool = { name: 'rootlesskit', programs: ['rootlesskit'] };

const VERSION = 'v3.1.0';

/** Of the archives; their evidence is in docs/architecture.md, "Supply chain". */
const ARCHIVES: Readonly<Record<Arch, { readonly name: string; readonly sha256: string }>> = {
  amd64: { name: 'x86_64', sha256: 'b1302b7395918266d561b9e3053771253f20761807e042ae80a1868d6e86b71c' },
  arm64: { name: 'aarch64', sha256: '42d1c22a34be7bb458f9ae7363d68dd05d553422d95392b44d0be7fa1fd76bf0' },
};

const HINTS: Archive['hints'] = {
  missing: 'Install rootlesskit on the runner and give its directory as buildkitPath, with BuildKit in it.',
  unreachable:
    'Where the runner reaches no GitHub releases, install rootlesskit on its PATH, beside buildkitDownloadUrl, or in buildkitPath.',
  mismatch: 'Something changes downloads on the way, such as a proxy.',
  broken: 'Please report this as a bug of the action.',
};

/**
 * Finds rootlesskit without downloading anything. Beside programs of one's own it is in their directory or on the PATH; with a mirror for
 * BuildKit, where GitHub may be out of reach, the one on the PATH comes before a download.
 * @param options.hasMirror whether `buildkitDownloadUrl` is given
 * @param options.path PATH of the step
 * @returns undefined: it is nowhere, and is not downloaded
 */
export async function findRootlesskit(options: {
  readonly from: Release | Programs;
  readonly hasMirror: boolean;
  readonly arch: Arch;
  readonly toolCache: string;
  readonly path: string | undefined;
}): Promise<Rootlesskit | undefined> {
  const { from, hasMirror, path } = options;
  if (from.kind === 'programs') {
    const beside = join(from.directory, 'rootlesskit');
    const found = (await isProgram(beside)) ? beside : await findProgram('rootlesskit', path);
    return found === undefined ? undefined : ofMachine(found);
  }
  const installed = hasMirror ? await findProgram('rootlesskit', path) : undefined;
  return installed === undefined ? ofGithub(options) : ofMachine(installed);
}

/** Without links: a profile of AppArmor goes by the real path. */
async function ofMachine(path: string): Promise<Rootlesskit> {
  return { kind: 'program', path: await realpath(path) };
}

async function ofGithub(at: { readonly arch: Arch; readonly toolCache: string }): Promise<Rootlesskit> {
  const release = rootlesskitRelease(at.arch);
  const toolCache = await realpath(at.toolCache).catch(() => at.toolCache);
  return { kind: 'release', release, path: pathOf(release, { ...at, toolCache }) };
}

/** The pinned release. */
export function rootlesskitRelease(arch: Arch): Release {
  const { name, sha256 } = ARCHIVES[arch];
  const url = `https://github.com/rootless-containers/rootlesskit/releases/download/${VERSION}/rootlesskit-${name}.tar.gz`;
  return { kind: 'release', version: VERSION, url, sha256 };
}

/**
 * Brings rootlesskit to this machine, as `installBuildkit` does BuildKit.
 * @param options.directory for the archive while it is checked; its owner removes it
 * @returns whether it was downloaded
 * @throws Failure as `bringTools`
 */
export async function installRootlesskit(options: {
  readonly release: Release;
  readonly arch: Arch;
  readonly toolCache: string;
  readonly directory: string;
}): Promise<{ readonly path: string; readonly downloaded: boolean }> {
  const archive = { product: 'RootlessKit', release: options.release, folder: '', hints: HINTS };
  const downloaded = await bringTools({ ...options, archive, tools: [TOOL] });
  return { path: pathOf(options.release, options), downloaded: downloaded.length > 0 };
}

function pathOf(release: Release, at: { readonly arch: Arch; readonly toolCache: string }): string {
  return join(placeOf(TOOL, { release, ...at }).target, 'bin', 'rootlesskit');
}
