import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { getExecOutput } from '@actions/exec';
import { HttpClient } from '@actions/http-client';
import { downloadTool, HTTPError } from '@actions/tool-cache';
import { codeOf, Failure, messageOf } from '../failure.ts';
import { REPORT_INTERVAL, reportWhile } from '../log.ts';
import { type Arch, emulatorsOn } from '../plan/platforms.ts';
import { formatSize } from '../report/format.ts';
import { buildctlName, PROGRAM_NAMES, type Programs, programsIn } from './programs.ts';
import type { Release } from './releases.ts';
import { isInToolCache, publish, recordChecksums, sha256Of, type Tool, type ToolPlace } from './tool-cache.ts';

export interface Installation {
  readonly programs: Programs;
  /** Tools that were not in the tool cache: `buildkit`, and emulators by their names. */
  readonly downloaded: readonly string[];
}

export const BUILDKIT: Tool = { name: 'buildkit', programs: PROGRAM_NAMES };

/**
 * Brings the programs of a release to this machine, and the emulators that are asked for: from the runner's tool cache, else
 * by download. The archive is checked against its SHA-256 before it is opened, and what is found in the cache against what
 * was unpacked there. Only what is asked for is unpacked: emulators are most of an archive.
 * @param options.emulators such as `buildkit-qemu-arm`; it is no error when the archive does not have one
 * @param options.directory for the archive while it is checked; its owner removes it
 * @throws Failure `buildkit-download-failed`, `buildkit-checksum-mismatch`, `buildkit-archive-broken`, `tool-cache-unusable`
 */
export async function installBuildkit(options: {
  readonly release: Release;
  readonly emulators: readonly string[];
  readonly arch: Arch;
  readonly toolCache: string;
  readonly directory: string;
}): Promise<Installation> {
  const { release, emulators, arch, toolCache, directory } = options;
  const version = toolVersion(release);
  const placeOf = (tool: Tool) => ({ tool, version, arch, target: join(toolCache, tool.name, version, arch) });
  const wanted = [BUILDKIT, ...emulators.map(emulatorTool)].map(placeOf);
  const found = await Promise.all(wanted.map(isInToolCache));
  const missing = wanted.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    await mkdir(directory, { recursive: true });
    const archive = await download(release, join(directory, 'buildkit.tar.gz'));
    await unpack({ archive, release, directory, places: missing });
  }
  const binaries = (tool: Tool) => join(placeOf(tool).target, 'bin');
  return {
    // All of them, also before they exist: a later step of the job may add one to what the running daemon finds.
    programs: { ...programsIn(binaries(BUILDKIT)), helpers: emulatorsOn(arch).map(emulatorTool).map(binaries) },
    downloaded: missing.map(({ tool }) => tool.name),
  };
}

/**
 * Brings buildctl alone to this machine, for a daemon that runs elsewhere. A whole BuildKit in the tool cache has it, too.
 * @throws Failure `buildkit-download-failed`, `buildkit-checksum-mismatch`, `buildkit-archive-broken`, `tool-cache-unusable`
 */
export async function installBuildctl(options: {
  readonly release: Release;
  readonly arch: Arch;
  readonly toolCache: string;
  /** For the archive while it is checked; its owner removes it. */
  readonly directory: string;
}): Promise<{ readonly buildctl: string; readonly isNew: boolean }> {
  const { release, arch, toolCache, directory } = options;
  const version = toolVersion(release);
  const program = buildctlName();
  const tool: Tool = { name: 'buildctl', programs: [program] };
  const placeOf = (its: Tool) => ({ tool: its, version, arch, target: join(toolCache, its.name, version, arch) });
  const [own, whole] = [placeOf(tool), placeOf(BUILDKIT)];
  for (const place of [own, whole]) {
    if (await isInToolCache(place)) {
      return { buildctl: join(place.target, 'bin', program), isNew: false };
    }
  }
  await mkdir(directory, { recursive: true });
  const archive = await download(release, join(directory, 'buildkit.tar.gz'));
  await unpack({ archive, release, directory, places: [own] });
  return { buildctl: join(own.target, 'bin', program), isNew: true };
}

function emulatorTool(name: string): Tool {
  return { name, programs: [name], optional: true };
}

/** The checksum is part of the version, so that an archive never passes for another one of the same release. */
function toolVersion({ version, sha256 }: Release): string {
  return `${version.slice(1)}-sha256.x${sha256.slice(0, 16)}`;
}

async function download(release: Release, file: string): Promise<string> {
  try {
    await reportWhile(downloadTool(release.url, file), downloadProgress(release, file));
  } catch (cause) {
    throw downloadFailed(release, cause);
  }
  const actual = await sha256Of(file);
  if (actual !== release.sha256) {
    throw new Failure({
      code: 'buildkit-checksum-mismatch',
      message: `The archive of BuildKit ${release.version} from ${shownUrl(release)} is not the expected one: expected SHA-256 ${release.sha256}, got ${actual}. Nothing of it was unpacked.`,
      hint: 'A mirror that packs archives anew needs its own buildkitSha256; otherwise something changes downloads on the way, such as a proxy.',
    });
  }
  return file;
}

/** How far a download is: the file so far, of what the server says that there is. */
function downloadProgress({ url, version }: Release, file: string): () => Promise<string> {
  let total: Promise<number> | undefined;
  let before = 0;
  return async () => {
    total ??= sizeAt(url);
    const { size } = await stat(file);
    const rate = (size - before) / (REPORT_INTERVAL / 1000);
    before = size;
    const whole = await total;
    const of = whole > 0 ? ` of ${formatSize(whole)}` : '';
    return `BuildKit ${version}: ${formatSize(size)}${of} downloaded, ${formatSize(rate)}/s`;
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

function downloadFailed(release: Release, cause: unknown): Failure {
  const status = cause instanceof HTTPError ? cause.httpStatusCode : undefined;
  const reason = messageOf(cause);
  return new Failure({
    code: 'buildkit-download-failed',
    message: `BuildKit ${release.version} could not be downloaded from ${shownUrl(release)}: ${reason}.`,
    hint:
      status === 404
        ? 'There is no such archive: correct buildkitVersion or buildkitDownloadUrl.'
        : 'Where the runner reaches no GitHub releases, point buildkitDownloadUrl at a mirror or buildkitPath at an installed copy.',
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
  readonly archive: string;
  readonly release: Release;
  readonly directory: string;
  readonly places: readonly ToolPlace[];
}): Promise<void> {
  const { archive, release, directory, places } = options;
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  await extract({ archive, release, directory: unpacked, tools: places.map(({ tool }) => tool) });
  for (const place of places) {
    const tool = await separate(unpacked, place.tool);
    try {
      await publish(tool, place);
    } catch (cause) {
      throw new Failure({
        code: 'tool-cache-unusable',
        message: `BuildKit cannot be put into the runner's tool cache at ${place.target}: ${messageOf(cause)}.`,
        hint: 'Make RUNNER_TOOL_CACHE writable for the user of the runner, with some 100 MB of space, or use buildkitPath.',
        cause,
      });
    }
  }
}

/** @returns the directory of one tool, as it will be in the tool cache */
async function separate(unpacked: string, tool: Tool): Promise<string> {
  const directory = join(unpacked, `tool-${tool.name}`);
  await mkdir(join(directory, 'bin'), { recursive: true });
  for (const name of tool.programs) {
    await rename(join(unpacked, 'bin', name), join(directory, 'bin', name)).catch((error: unknown) => {
      if (!tool.optional || codeOf(error) !== 'ENOENT') {
        throw error;
      }
    });
  }
  await recordChecksums(directory, tool);
  return directory;
}

async function extract(options: {
  readonly archive: string;
  readonly release: Release;
  readonly directory: string;
  readonly tools: readonly Tool[];
}): Promise<void> {
  const { archive, release, directory, tools } = options;
  const pathsOf = (some: readonly Tool[]) => some.flatMap(({ programs }) => programs.map((name) => `bin/${name}`));
  const args = ['-xz', '--no-same-owner', '-C', directory, '-f', archive, ...pathsOf(tools)];
  const { exitCode, stderr } = await getExecOutput('tar', args, {
    silent: true,
    ignoreReturnCode: true,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
  });
  if (exitCode !== 0 && !lacksOnly(stderr, pathsOf(tools.filter(({ optional }) => optional)))) {
    throw new Failure({
      code: 'buildkit-archive-broken',
      message: `The archive of BuildKit ${release.version} has the expected checksum, but its programs cannot be unpacked: ${stderr.trim()}`,
      hint: `It has to be a gzipped tar with ${pathsOf([BUILDKIT]).join(', ')}; check buildkitSha256 and buildkitDownloadUrl.`,
    });
  }
}

/**
 * Whether all that tar complains of is that these members are not there: it has unpacked the others then.
 * Source: GNU tar 1.34 (`tar: NAME: Not found in archive`, then a line on its exit status), and the same of bsdtar and busybox.
 */
function lacksOnly(stderr: string, paths: readonly string[]): boolean {
  const complaints = stderr.split('\n').filter((line) => line.trim() !== '' && !/previous errors\.?$/.test(line));
  const isLack = (line: string) => paths.some((path) => line.toLowerCase().endsWith(`${path}: not found in archive`));
  return complaints.length > 0 && complaints.every(isLack);
}
