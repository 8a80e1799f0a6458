import { readFileSync, realpathSync } from 'node:fs';
import { Failure } from './failure.ts';
import { at, parseJson, textAt } from './json.ts';
import type { Arch, Os } from './plan/platforms.ts';

/** What a step knows of its workflow, on any machine: GITHUB_* as values. */
export interface Workflow {
  /** Checked-out files of the job. */
  readonly workspace: string;
  /** Address of the repository whose workflow runs; undefined when the runner does not say. */
  readonly repositoryUrl: string | undefined;
  readonly event: RunnerEvent;
}

/** A machine that can build, or have BuildKit build elsewhere: RUNNER_* as values, too. */
export interface Runner extends Workflow {
  /** Directory that the runner empties between jobs. */
  readonly temp: string;
  /** Where the runner keeps tools between jobs. */
  readonly toolCache: string;
  /** Tells this job from every other one, on this machine and elsewhere. */
  readonly jobId: string;
  /** BuildKit's names of the system and the processor. */
  readonly os: Os;
  readonly arch: Arch;
  /** A machine of GitHub's, which is thrown away after the job; all others are somebody's own. */
  readonly isHosted: boolean;
}

export interface RunnerEvent {
  /** Such as `push`. */
  readonly name: string;
  /** Such as `refs/heads/main`. */
  readonly ref: string;
  readonly onDefaultBranch: boolean;
  /** A pull request whose commits come from another repository: GitHub gives such a job no secrets. */
  readonly fromFork: boolean;
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the runner's variables.
 * Source: GitHub documentation, "Variables reference".
 * @throws Failure `runner-unsupported` when one is missing or the machine is of another kind
 */
export function readRunner(env: Environment): Runner {
  return {
    ...readWorkflow(env),
    temp: withoutLinks(required(env, 'RUNNER_TEMP')),
    toolCache: required(env, 'RUNNER_TOOL_CACHE'),
    jobId: JSON.stringify(
      ['RUNNER_TEMP', 'RUNNER_TRACKING_ID', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_JOB'].map(
        (name) => env[name] ?? '',
      ),
    ),
    os: readOs(),
    arch: readArch(),
    isHosted: env.RUNNER_ENVIRONMENT === 'github-hosted',
  };
}

/**
 * Reads what a step has to know that builds nothing.
 * @throws Failure `runner-unsupported` when a variable is missing
 */
export function readWorkflow(env: Environment): Workflow {
  return {
    workspace: withoutLinks(required(env, 'GITHUB_WORKSPACE')),
    repositoryUrl:
      env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY ? `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}` : undefined,
    event: readEvent(env),
  };
}

/**
 * Address of docs/troubleshooting.md as it is in the version of the action that runs.
 * It needs no variable, so that it can be shown when others are missing.
 */
export function docsAddress(env: Environment): string {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = env;
  const file = 'docs/troubleshooting.md';
  return server && repository ? `${server}/${repository}/blob/${ref || 'main'}/${file}` : file;
}

/** Mounts and repositories are found by real paths. A directory that is missing is reported by who needs it. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) {
    return value;
  }
  throw new Failure({
    code: 'runner-unsupported',
    message: `The environment variable ${name} is not set.`,
    hint: 'Run this as a step of a GitHub Actions workflow, or of a runner that sets the same variables.',
  });
}

const SYSTEMS: ReadonlyMap<string, Os> = new Map([
  ['linux', 'linux'],
  ['darwin', 'darwin'],
  ['win32', 'windows'],
]);

const PROCESSORS: ReadonlyMap<string, Arch> = new Map([
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
]);

function readOs(): Os {
  const os = SYSTEMS.get(process.platform);
  if (os === undefined) {
    throw unsupportedMachine();
  }
  return os;
}

function readArch(): Arch {
  const arch = PROCESSORS.get(process.arch);
  if (arch === undefined) {
    throw unsupportedMachine();
  }
  return arch;
}

/** BuildKit's daemon runs on Linux only. */
export function unsupportedMachine(): Failure {
  return new Failure({
    code: 'runner-unsupported',
    message: `BuildKit builds on Linux with amd64 or arm64; this runner is ${process.platform} with ${process.arch}.`,
    hint: 'Use runs-on: ubuntu-24.04 or ubuntu-24.04-arm, or give the address of a BuildKit that runs elsewhere as buildkitHost.',
  });
}

function readEvent(env: Environment): RunnerEvent {
  const name = env.GITHUB_EVENT_NAME ?? '';
  const ref = env.GITHUB_REF ?? '';
  const payload = readPayload(env.GITHUB_EVENT_PATH);
  const defaultBranch = textAt(payload, 'repository', 'default_branch');
  return {
    name,
    ref,
    onDefaultBranch:
      defaultBranch === undefined ? RUN_ON_DEFAULT_BRANCH.includes(name) : ref === `refs/heads/${defaultBranch}`,
    fromFork: name === 'pull_request' && isFromFork(payload),
  };
}

/** Events that only ever run on the default branch. Source: GitHub documentation, "Events that trigger workflows". */
const RUN_ON_DEFAULT_BRANCH = ['schedule', 'repository_dispatch'];

function isFromFork(payload: unknown): boolean {
  const base = textAt(payload, 'repository', 'full_name');
  const head = at(payload, 'pull_request', 'head');
  // The repository of the head is null once the fork has been deleted.
  return head !== undefined && base !== undefined && textAt(head, 'repo', 'full_name') !== base;
}

function readPayload(path: string | undefined): unknown {
  try {
    return path ? parseJson(readFileSync(path, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}
