import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { getExecOutput } from '@actions/exec';
import { downloadTool, find, HTTPError } from '@actions/tool-cache';
import { Failure } from '../failure.ts';
import { parseJson, textAt } from '../json.ts';
import { processOf } from '../machine/processes.ts';
import { PROGRAM_NAMES, type Programs, programsIn } from './programs.ts';
import type { Release } from './releases.ts';

export interface Installation {
  readonly programs: Programs;
  readonly fromToolCache: boolean;
}

const TOOL = 'buildkit';
const CHECKSUMS = 'checksums.json';

/**
 * Brings the programs of a release to this machine: from the runner's tool cache, else by download.
 * The archive is checked against its SHA-256 before it is opened, and what is found in the cache against what was
 * unpacked there. Only the programs that a build needs are unpacked.
 * @param directory for the archive while it is checked; its owner removes it
 * @throws Failure `buildkit-download-failed`, `buildkit-checksum-mismatch`, `buildkit-archive-broken`, `tool-cache-unusable`
 */
export async function installBuildkit(options: {
  readonly release: Release;
  readonly arch: string;
  readonly toolCache: string;
  readonly directory: string;
}): Promise<Installation> {
  const { release, arch, toolCache, directory } = options;
  const version = toolVersion(release);
  const cached = find(TOOL, version, arch);
  if (cached !== '' && (await isIntact(cached))) {
    return { programs: programsIn(join(cached, 'bin')), fromToolCache: true };
  }
  await mkdir(directory, { recursive: true });
  const archive = await download(release, join(directory, 'buildkit.tar.gz'));
  const target = join(toolCache, TOOL, version, arch);
  await unpack({ archive, release, directory: join(directory, 'tool'), target });
  return { programs: programsIn(join(target, 'bin')), fromToolCache: false };
}

/** The checksum is part of the version, so that an archive never passes for another one of the same release. */
function toolVersion({ version, sha256 }: Release): string {
  return `${version.slice(1)}-sha256.x${sha256.slice(0, 16)}`;
}

async function download(release: Release, file: string): Promise<string> {
  try {
    await downloadTool(release.url, file);
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

function downloadFailed(release: Release, cause: unknown): Failure {
  const status = cause instanceof HTTPError ? cause.httpStatusCode : undefined;
  const reason = cause instanceof Error ? cause.message : String(cause);
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

/**
 * Unpacks where the step's own files are, and renames: a job never sees half a tool, a step that is killed leaves nothing in
 * the cache, and of two jobs that install at the same time neither takes away what the other one already runs.
 */
async function unpack(options: {
  readonly archive: string;
  readonly release: Release;
  readonly directory: string;
  readonly target: string;
}): Promise<void> {
  const { archive, release, directory, target } = options;
  await mkdir(directory);
  await extract({ archive, release, directory });
  await writeFile(join(directory, CHECKSUMS), JSON.stringify(await checksumsOf(directory)));
  try {
    await mkdir(dirname(target), { recursive: true });
    await publish(directory, target);
  } catch (cause) {
    throw new Failure({
      code: 'tool-cache-unusable',
      message: `BuildKit cannot be put into the runner's tool cache at ${target}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Make RUNNER_TOOL_CACHE writable for the user of the runner, with some 100 MB of space, or use buildkitPath.',
      cause,
    });
  }
}

async function extract(options: { archive: string; release: Release; directory: string }): Promise<void> {
  const { archive, release, directory } = options;
  const names = PROGRAM_NAMES.map((name) => `bin/${name}`);
  const args = ['-xz', '--no-same-owner', '-C', directory, '-f', archive, ...names];
  const { exitCode, stderr } = await getExecOutput('tar', args, { silent: true, ignoreReturnCode: true });
  if (exitCode !== 0) {
    throw new Failure({
      code: 'buildkit-archive-broken',
      message: `The archive of BuildKit ${release.version} has the expected checksum, but its programs cannot be unpacked: ${stderr.trim()}`,
      hint: `It has to be a gzipped tar with ${names.join(', ')}; check buildkitSha256 and buildkitDownloadUrl.`,
    });
  }
}

async function publish(tool: string, target: string): Promise<void> {
  // Beside the target, where the tool cache is on another disk; one of a run that was killed there makes way.
  const beside = `${target}.incoming-${process.pid}`;
  await removeAbandoned(target);
  await rename(tool, beside).catch(() => cp(tool, beside, { recursive: true }));
  try {
    await rename(beside, target);
  } catch {
    // Another job was first, or what is there is damaged: then it makes way, and stays readable for who runs it.
    if (!(await isIntact(target))) {
      await rename(target, `${beside}-damaged`);
      await rename(beside, target);
      await rm(`${beside}-damaged`, { recursive: true, force: true });
    }
  }
  await rm(beside, { recursive: true, force: true });
  await writeFile(`${target}.complete`, '');
}

async function removeAbandoned(target: string): Promise<void> {
  const prefix = `${basename(target)}.incoming-`;
  for (const name of (await readdir(dirname(target))).filter((entry) => entry.startsWith(prefix))) {
    const [pid] = name.slice(prefix.length).split('-');
    if ((await processOf(Number(pid))) === undefined) {
      await rm(join(dirname(target), name), { recursive: true, force: true });
    }
  }
}

async function isIntact(tool: string): Promise<boolean> {
  try {
    const recorded = parseJson(await readFile(join(tool, CHECKSUMS), 'utf8'));
    const actual = await checksumsOf(tool);
    return PROGRAM_NAMES.every((name) => actual[name] === textAt(recorded, name));
  } catch {
    return false;
  }
}

async function checksumsOf(tool: string): Promise<Record<string, string>> {
  const entries = PROGRAM_NAMES.map(async (name) => [name, await sha256Of(join(tool, 'bin', name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}
