import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '@actions/http-client';
import { downloadTool, HTTPError } from '@actions/tool-cache';
import { Failure, messageOf } from '../failure.ts';
import { REPORT_INTERVAL, reportWhile } from '../log.ts';
import type { Arch } from '../plan/platforms.ts';
import { formatSize } from '../report/format.ts';
import type { Release } from './releases.ts';
import { isInToolCache, publish, recordChecksums, sha256Of, type Tool, type ToolPlace } from './tool-cache.ts';
import { unpackMembers } from './unpack.ts';

/** An archive with tools in it, and how its errors speak of it. */
export interface Archive {
  readonly product: string;
  readonly release: Release;
  /** In front of the names of its programs: `bin/`, or nothing. */
  readonly folder: string;
  readonly hints: {
    readonly missing: string;
    readonly unreachable: string;
    readonly mismatch: string;
    readonly broken: string;
  };
}

/**
 * Brings tools of an archive to this machine: from the runner's tool cache, else by download. The archive is checked against its
 * SHA-256 before it is opened, and what is found in the cache against what was unpacked there. Only what is asked for
 * is unpacked.
 * @param options.directory for the archive while it is checked; its owner removes it
 * @returns the tools that were not in the tool cache
 * @throws Failure `buildkit-download-failed`, `buildkit-checksum-mismatch`, `buildkit-archive-broken`, `tool-cache-unusable`
 */
export async function bringTools(options: {
  readonly archive: Archive;
  readonly tools: readonly Tool[];
  readonly arch: Arch;
  readonly toolCache: string;
  readonly directory: string;
}): Promise<readonly Tool[]> {
  const { archive, tools, arch, toolCache, directory } = options;
  const wanted = tools.map((tool) => placeOf(tool, { release: archive.release, arch, toolCache }));
  const found = await Promise.all(wanted.map(isInToolCache));
  const missing = wanted.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    await mkdir(directory, { recursive: true });
    const file = await download(archive, join(directory, 'archive.tar.gz'));
    await unpack({ archive, file, directory, places: missing });
  }
  return missing.map(({ tool }) => tool);
}

/** Where a tool of a release is in the tool cache, whether it is there or not. */
export function placeOf(
  tool: Tool,
  { release, arch, toolCache }: { readonly release: Release; readonly arch: Arch; readonly toolCache: string },
): ToolPlace {
  const version = toolVersion(release);
  return { tool, version, arch, target: join(toolCache, tool.name, version, arch) };
}

/** The checksum is part of the version, so that an archive never passes for another one of the same release. */
function toolVersion({ version, sha256 }: Release): string {
  return `${version.slice(1)}-sha256.x${sha256.slice(0, 16)}`;
}

async function download(archive: Archive, file: string): Promise<string> {
  const { product, release, hints } = archive;
  try {
    await reportWhile(downloadTool(release.url, file), downloadProgress(archive, file));
  } catch (cause) {
    throw downloadFailed(archive, cause);
  }
  const actual = await sha256Of(file);
  if (actual !== release.sha256) {
    throw new Failure({
      code: 'buildkit-checksum-mismatch',
      message: `The archive of ${product} ${release.version} from ${shownUrl(release)} is not the expected one: expected SHA-256 ${release.sha256}, got ${actual}. Nothing of it was unpacked.`,
      hint: hints.mismatch,
    });
  }
  return file;
}

/** How far a download is: the file so far, of what the server says that there is. */
function downloadProgress({ product, release }: Archive, file: string): () => Promise<string> {
  let total: Promise<number> | undefined;
  let before = 0;
  return async () => {
    total ??= sizeAt(release.url);
    const { size } = await stat(file);
    const rate = (size - before) / (REPORT_INTERVAL / 1000);
    before = size;
    const whole = await total;
    const of = whole > 0 ? ` of ${formatSize(whole)}` : '';
    return `${product} ${release.version}: ${formatSize(size)}${of} downloaded, ${formatSize(rate)}/s`;
  };
}

/** @returns bytes; 0 when the server does not say */
async function sizeAt(url: string): Promise<number> {
  const http = new HttpClient('buildkit-aws');
  try {
    const { message } = await http.head(url);
    message.resume();
    return Number(message.headers['content-length'] ?? 0);
  } catch {
    return 0;
  } finally {
    http.dispose();
  }
}

function downloadFailed({ product, release, hints }: Archive, cause: unknown): Failure {
  const status = cause instanceof HTTPError ? cause.httpStatusCode : undefined;
  return new Failure({
    code: 'buildkit-download-failed',
    message: `${product} ${release.version} could not be downloaded from ${shownUrl(release)}: ${messageOf(cause)}.`,
    hint: status === 404 ? hints.missing : hints.unreachable,
    cause,
  });
}

/** Without user, password and query, which may be secrets. */
function shownUrl({ url }: Release): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Unpacks in one pass, where the step's own files are: a step that is killed leaves nothing in the tool cache. */
async function unpack(options: {
  readonly archive: Archive;
  readonly file: string;
  readonly directory: string;
  readonly places: readonly ToolPlace[];
}): Promise<void> {
  const { archive, file, directory, places } = options;
  const unpacked = places.map((place) => ({ place, tool: join(directory, `unpacked-${place.tool.name}`) }));
  await extract({ archive, file, tools: unpacked.map(({ place, tool }) => ({ ...place.tool, directory: tool })) });
  for (const { place, tool } of unpacked) {
    await recordChecksums(tool, place.tool);
    try {
      await publish(tool, place);
    } catch (cause) {
      throw new Failure({
        code: 'tool-cache-unusable',
        message: `${archive.product} cannot be put into the runner's tool cache at ${place.target}: ${messageOf(cause)}.`,
        hint: 'Make RUNNER_TOOL_CACHE writable for the user of the runner, with some 100 MB of space, or use buildkitPath.',
        cause,
      });
    }
  }
}

/** Fills the directory of each tool, as it will be in the tool cache. */
async function extract(options: {
  readonly archive: Archive;
  readonly file: string;
  readonly tools: readonly (Tool & { readonly directory: string })[];
}): Promise<void> {
  const { archive, file, tools } = options;
  const { product, release, folder, hints } = archive;
  const members = tools.flatMap(({ directory, programs, optional = false }) =>
    programs.map((name) => ({ member: folder + name, path: join(directory, 'bin', name), optional })),
  );
  try {
    await Promise.all(tools.map(({ directory }) => mkdir(join(directory, 'bin'), { recursive: true })));
    const found = await unpackMembers(file, new Map(members.map(({ member, path }) => [member, path])));
    const lacks = members.filter(({ member, optional }) => !optional && !found.has(member));
    if (lacks.length > 0) {
      throw new Error(`it lacks ${lacks.map(({ member }) => member).join(', ')}`);
    }
  } catch (cause) {
    throw new Failure({
      code: 'buildkit-archive-broken',
      message: `The archive of ${product} ${release.version} has the expected checksum, but its programs cannot be unpacked: ${messageOf(cause)}.`,
      hint: hints.broken,
      cause,
    });
  }
}
