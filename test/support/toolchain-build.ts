import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';

/** How one program is built from a pinned module. */
export interface Program {
  /** The file name that BuildKit's own releases use, or the program's own. */
  readonly name: string;
  /** Directory under test/toolchain that holds its go.mod. */
  readonly module: string;
  /** An import path, or `.` for a program of this project. */
  readonly package: string;
  /** Roughly, on two cores with nothing downloaded. */
  readonly duration: string;
  /** Variable of the linker that takes the version of the module which holds the package. */
  readonly versionVariable?: string;
  /** Linked statically against C: runc needs C for its first stage. */
  readonly usesC?: boolean;
  /** Build tags, separated by spaces. */
  readonly tags?: string;
}

/** As in BuildKit's releases: what connects build steps to a network of their own. */
const PLUGINS: readonly Program[] = ['main/bridge', 'main/loopback', 'ipam/host-local', 'meta/firewall'].map(
  (path) => ({
    name: `buildkit-cni-${basename(path)}`,
    module: 'cni',
    package: `github.com/containernetworking/plugins/plugins/${path}`,
    duration: 'a few seconds',
  }),
);

export const PROGRAMS: readonly Program[] = [
  {
    name: 'buildctl',
    module: 'buildkit',
    package: 'github.com/moby/buildkit/cmd/buildctl',
    duration: 'about a minute',
    versionVariable: 'github.com/moby/buildkit/version.Version',
  },
  {
    // A client of another version than the daemon.
    name: 'buildctl-older',
    module: 'buildkit-older',
    package: 'github.com/moby/buildkit/cmd/buildctl',
    duration: 'about half a minute',
    versionVariable: 'github.com/moby/buildkit/version.Version',
  },
  {
    name: 'buildkitd',
    module: 'buildkit',
    package: 'github.com/moby/buildkit/cmd/buildkitd',
    duration: 'about a minute',
    versionVariable: 'github.com/moby/buildkit/version.Version',
  },
  {
    name: 'registry',
    module: 'registry',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    duration: 'about a minute',
  },
  {
    name: 'buildkit-runc',
    module: 'runc',
    package: 'github.com/opencontainers/runc',
    duration: 'about twenty seconds',
    usesC: true,
    // Without seccomp it refuses what BuildKit asks for on every kernel that has it; the others are for static linking.
    tags: 'seccomp netgo osusergo',
  },
  {
    name: 'rootlesskit',
    module: 'rootlesskit',
    package: 'github.com/rootless-containers/rootlesskit/v3/cmd/rootlesskit',
    duration: 'about twenty seconds',
  },
  ...PLUGINS,
  {
    name: 'manifests',
    module: 'kubernetes',
    package: '.',
    duration: 'about a minute',
  },
];

export interface BuildOptions {
  readonly program: Program;
  /** Directory of the go.mod that pins the program. */
  readonly module: string;
  /** Path of the file to write. */
  readonly target: string;
}

/**
 * Builds one program with Go.
 * @throws Error of one line that names the program and the first thing Go complained about
 */
export async function buildProgram({ program, module, target }: BuildOptions): Promise<void> {
  const linkerFlags = ['-s', '-w'];
  if (program.versionVariable !== undefined) {
    linkerFlags.push('-X', `${program.versionVariable}=${await moduleVersion(program, module)}`);
  }
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
  if (program.usesC === true) {
    linkerFlags.push('-extldflags', '-static');
  }
  if (program.tags !== undefined) {
    flags.push('-tags', program.tags);
  }
  flags.push('-ldflags', linkerFlags.join(' '), '-o', target);
  const environment = { ...process.env, CGO_ENABLED: program.usesC === true ? '1' : '0' };
  await go(['build', ...flags, program.package], { module, what: `Building ${program.name}`, environment });
  chmodSync(target, 0o755);
}

/**
 * The version of Go that builds a module, for example "go1.26.3".
 * @throws Error of one line when there is no Go, or none that is new enough for the module
 */
export async function goVersion(module: string): Promise<string> {
  return go(['env', 'GOVERSION'], { module, what: 'Asking Go for its version' });
}

async function moduleVersion({ name, package: path }: Program, module: string): Promise<string> {
  return go(['list', '-mod=readonly', '-f', '{{.Module.Version}}', path], {
    module,
    what: `Reading the version of ${name}`,
  });
}

interface GoOptions {
  readonly module: string;
  readonly what: string;
  readonly environment?: NodeJS.ProcessEnv;
}

async function go(args: readonly string[], { module, what, environment = process.env }: GoOptions): Promise<string> {
  const program = findProgram('go');
  if (program === undefined) {
    throw new Error(
      'Go is needed to build the programs that the tests run: install Go, or name a directory that holds them in BUILDKIT_AWS_TOOLS.',
    );
  }
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd: module,
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(`${what} failed: ${firstComplaint(error)}`, { cause: error });
  }
}

/** Go writes "# package" above what is wrong with it, and one "go: downloading" per module before it. */
function firstComplaint(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^(#|go: downloading )/.test(line));
  return lines[0] ?? String(error);
}
