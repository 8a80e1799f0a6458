import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { PROGRAM_NAMES } from '../../src/buildkit/programs.ts';
import { sha256Of } from '../../src/buildkit/tool-cache.ts';
import { unpackMembers } from '../../src/buildkit/unpack.ts';
import type { Asset, GithubRelease } from './candidates.ts';
import { type Provenance, verifyProvenance } from './provenance.ts';
import type { Checksums, PLATFORMS } from './table.ts';

/** An archive whose SHA-256 was computed here, and who vouches for it. */
export interface CheckedArchive {
  readonly name: string;
  readonly sha256: string;
  readonly provenance: Provenance;
}

const TEN_MINUTES = 600_000;

/**
 * Downloads the archive of a platform and checks it: against the digest that GitHub's API gives, against the signed provenance
 * beside it, and that the action finds its programs in it. Nothing of it is run.
 * @throws Error that names the archive
 */
export async function checkArchive(options: {
  readonly release: GithubRelease;
  readonly platform: (typeof PLATFORMS)[number];
  readonly trustedRoot: TrustedRoot;
}): Promise<CheckedArchive> {
  const { release, platform, trustedRoot } = options;
  const base = `buildkit-${release.version}.${platform}`;
  const name = `${base}.tar.gz`;
  const directory = await mkdtemp(join(tmpdir(), 'propose-buildkit-'));
  try {
    const asset = assetOf(release, name);
    const file = join(directory, name);
    await pipeline(await bodyOf(asset), createWriteStream(file));
    const sha256 = await sha256Of(file);
    if (asset.sha256 !== sha256) {
      throw new Error(`it has SHA-256 ${sha256}, and GitHub's API says ${asset.sha256 ?? 'nothing'}`);
    }
    const bundle = await new Response(await bodyOf(assetOf(release, `${base}.sigstore.json`))).text();
    const provenance = verifyProvenance({ bundle, trustedRoot, version: release.version, archive: name, sha256 });
    await checkPrograms(file, join(directory, 'bin'));
    return { name, sha256, provenance };
  } catch (cause) {
    throw new Error(`${name}: ${reasonOf(cause)}`, { cause });
  } finally {
    await rm(directory, { recursive: true });
  }
}

function assetOf({ assets }: GithubRelease, name: string): Asset {
  const asset = assets.find((one) => one.name === name);
  if (asset === undefined) {
    throw new Error(`the release has no ${name}`);
  }
  return asset;
}

async function bodyOf({ url }: Asset): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TEN_MINUTES) });
  if (!response.ok || response.body === null) {
    throw new Error(`${url} answers ${response.status}`);
  }
  return response.body;
}

async function checkPrograms(file: string, directory: string): Promise<void> {
  await mkdir(directory);
  const found = await unpackMembers(file, new Map(PROGRAM_NAMES.map((name) => [`bin/${name}`, join(directory, name)])));
  const missing = PROGRAM_NAMES.filter((name) => !found.has(`bin/${name}`));
  if (missing.length > 0) {
    throw new Error(`it lacks ${missing.join(', ')}`);
  }
}

/** An error of fetch says only that it failed; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}

/** The SHA-256 of checked archives by platform. */
export function checksumsOf(archives: readonly (readonly [string, CheckedArchive])[]): Checksums {
  return Object.fromEntries(archives.map(([platform, { sha256 }]) => [platform, sha256]));
}
