import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isStaticProgram } from './elf.ts';
import { findProgram, isExecutable } from './programs.ts';
import { buildProgram, goVersion, PROGRAMS } from './toolchain-build.ts';

/** The real programs that the tests run, as absolute paths. */
export interface Toolchain {
  readonly directory: string;
  readonly buildctl: string;
  /** Of an older release. */
  readonly olderBuildctl: string;
  readonly buildkitd: string;
  readonly runc: string;
  readonly rootlesskit: string;
  readonly registry: string;
  /** Prints the objects of a directory of kustomize as JSON, once each fits the types of the Kubernetes API. */
  readonly manifests: string;
  /** The machine's own statically linked busybox: what base images are made of. */
  readonly busybox: string;
}

export interface ToolchainOptions {
  /** Gets one line per step that takes long. */
  readonly log: (line: string) => void;
  /** Default: the environment of this process. Read: BUILDKIT_AWS_TOOLS, XDG_CACHE_HOME, HOME. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The directory that holds the go.mod files which pin the programs. */
const MODULES = join(import.meta.dirname, '..', 'toolchain');

/**
 * Finds the programs that the tests run: in the directory that BUILDKIT_AWS_TOOLS names when it holds all of them, else
 * in the cache outside the tree, where the first run builds them with Go from the pinned modules in test/toolchain.
 * @throws Error of one line when a program cannot be had
 */
export async function resolveToolchain({ log, environment = process.env }: ToolchainOptions): Promise<Toolchain> {
  const busybox = findProgram('busybox');
  if (busybox === undefined || !isStaticProgram(busybox)) {
    throw new Error('A statically linked busybox is needed: install the package busybox-static.');
  }
  const given = environment.BUILDKIT_AWS_TOOLS;
  if (given !== undefined && given !== '') {
    const absent = absentIn(given);
    if (absent.length === 0) {
      return toolchainIn(given, busybox);
    }
    log(`BUILDKIT_AWS_TOOLS=${given} lacks ${absent.join(', ')}: using the pinned modules instead.`);
  }
  const directory = join(cacheDirectory(environment), 'toolchain', await pinnedVersions());
  if (absentIn(directory).length > 0) {
    await buildInto(directory, log);
  }
  return toolchainIn(directory, busybox);
}

/** Where this project keeps what is expensive to make and can be made again. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const home = environment.HOME ?? homedir();
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'buildkit-aws');
}

function absentIn(directory: string): string[] {
  return PROGRAMS.map(({ name }) => name).filter((name) => !isExecutable(join(directory, name)));
}

function toolchainIn(directory: string, busybox: string): Toolchain {
  return {
    directory,
    buildctl: join(directory, 'buildctl'),
    olderBuildctl: join(directory, 'buildctl-older'),
    buildkitd: join(directory, 'buildkitd'),
    runc: join(directory, 'buildkit-runc'),
    rootlesskit: join(directory, 'rootlesskit'),
    registry: join(directory, 'registry'),
    manifests: join(directory, 'manifests'),
    busybox,
  };
}

/** A name that changes with everything that decides what the programs are: modules, how they are built, Go, machine. */
async function pinnedVersions(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of globSync('*/{go.mod,go.sum,*.go}', { cwd: MODULES }).sort()) {
    hash.update(path).update(readFileSync(join(MODULES, path)));
  }
  hash
    .update(JSON.stringify(PROGRAMS))
    .update(await goVersion(join(MODULES, 'buildkit')))
    .update(process.arch);
  return hash.digest('hex').slice(0, 16);
}

/** Builds beside the final place and renames at the end, so that a run never sees half a toolchain. */
async function buildInto(directory: string, log: (line: string) => void): Promise<void> {
  mkdirSync(dirname(directory), { recursive: true });
  const work = mkdtempSync(`${directory}.`);
  try {
    log(`Building the programs that the tests run from test/toolchain; this is kept in ${dirname(directory)}.`);
    for (const [index, program] of PROGRAMS.entries()) {
      log(`Building ${program.name} (${index + 1} of ${PROGRAMS.length}), ${program.duration} ...`);
      await buildProgram({ program, module: join(MODULES, program.module), target: join(work, program.name) });
    }
    publish(work, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function publish(work: string, directory: string): void {
  try {
    renameSync(work, directory);
  } catch (error) {
    // Another run was faster, which is as good, or a program was deleted from the cache by hand, which is repaired.
    if (absentIn(directory).length === 0) {
      return;
    }
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) {
      throw error;
    }
    for (const { name } of PROGRAMS) {
      renameSync(join(work, name), join(directory, name));
    }
  }
}
