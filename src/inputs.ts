import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import querystring from 'node:querystring';
import { type CredentialsProfile, checkProfile, secretsIn } from './aws/credentials-file.ts';
import { findPrograms, type Programs } from './buildkit/programs.ts';
import { checkDownloadUrl, checkSha256, checkVersion, findRelease, type Release } from './buildkit/releases.ts';
import { Failure, joinFailures } from './failure.ts';
import { attempt, attemptAll, flag, list, oneOf, optional, type Raw, readRaw } from './input-grammar.ts';
import { findPath } from './paths.ts';
import { parseExtraArgs } from './plan/extra-args.ts';
import { findTargets } from './plan/image.ts';
import { checkRepositoryName, parseRegistryHost, parseRegistryPath, type RegistryPath } from './plan/reference.ts';
import { checkRegion, chooseRegion, type RegionChoice } from './plan/regions.ts';
import { parseTagEntry, type TagEntry } from './plan/tags.ts';
import type { Environment, Runner } from './runner.ts';
import { type BuildContext, findContext } from './source/context.ts';

/** Everything that a workflow says with `with:`, checked. */
export interface Inputs {
  readonly imageShortName: string;
  /** Undefined: the registry of the caller's own account. */
  readonly registry: RegistryPath | undefined;
  readonly containerRegistry: string | undefined;
  /** Empty: to be derived from the commit. */
  readonly tags: readonly TagEntry[];
  /** Prefix of the outputs that are set a second time. */
  readonly outputPrefix: string | undefined;
  readonly context: BuildContext;
  readonly extraArgs: readonly string[];
  readonly push: boolean;
  /** Undefined: nothing is asked of AWS. */
  readonly aws: AwsInputs | undefined;
  readonly buildkit: { readonly from: Release | Programs; readonly mode: BuildkitMode };
  readonly summary: boolean;
}

export interface AwsInputs {
  /** Undefined: the SDK's chain. */
  readonly profile: CredentialsProfile | undefined;
  readonly region: RegionChoice;
}

const BUILDKIT_MODES = ['auto', 'root'] as const;
export type BuildkitMode = (typeof BUILDKIT_MODES)[number];

/**
 * Reads all inputs, and the files that they name, before anything is downloaded, started or called.
 * @param mask called with every secret before anything else is done with it
 * @throws Failure with the problems of all inputs together
 */
export async function readInputs(env: Environment, runner: Runner, mask: (secret: string) => void): Promise<Inputs> {
  const raw = readRaw(env);
  const problems: Failure[] = [];

  const push = await attempt(problems, () => flag(raw, 'push', true));
  const registry = await attempt(problems, () => readRegistry(raw));
  const imageShortName = await attempt(problems, () => readImageShortName(raw, registry.known?.prefix));
  const tags = await attemptAll(problems, list(raw, 'imageTag', /,/), parseTagEntry);
  const containerRegistry = await attempt(problems, () => optional(raw, 'containerRegistry', parseRegistryHost));
  const outputPrefix = await attempt(problems, () => optional(raw, 'image', checkOutputPrefix));
  const context = await attempt(problems, () =>
    findContext({
      workspace: runner.workspace,
      pathToContext: raw.text('pathToContext') ?? '.',
      dockerfile: raw.text('dockerfile') ?? 'Dockerfile',
    }),
  );
  const extraArgs = await attempt(problems, () => parseExtraArgs(raw.text('extraArgs') ?? ''));
  const awsRegion = await attempt(problems, () => optional(raw, 'awsRegion', checkRegion));
  const profile = await attempt(problems, () => readProfile(raw, runner, mask));
  const aws = await attempt(problems, () => {
    const credentials = profile.get();
    if (push.known === false && credentials === undefined) {
      return undefined;
    }
    checkFork(runner, env, credentials);
    const region = chooseRegion({
      hosts: findTargets({ registry: registry.get(), tags: tags.known }).hosts,
      awsRegion: awsRegion.get(),
      profileRegion: credentials?.region,
      env,
    });
    return { profile: credentials, region };
  });
  const mode = await attempt(problems, () => oneOf(raw, 'buildkitMode', BUILDKIT_MODES) ?? 'auto');
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
  const summary = await attempt(problems, () => flag(raw, 'summary', true));

  const [first, ...others] = new Set(problems);
  if (first !== undefined) {
    throw joinFailures([first, ...others]);
  }
  return {
    imageShortName: imageShortName.get(),
    registry: registry.get(),
    containerRegistry: containerRegistry.get(),
    tags: tags.known,
    outputPrefix: outputPrefix.get(),
    context: context.get(),
    extraArgs: extraArgs.get(),
    push: push.get(),
    aws: aws.get(),
    buildkit: { mode: mode.get(), from: from.get() },
    summary: summary.get(),
  };
}

function readRegistry(raw: Raw): RegistryPath | undefined {
  const [first, ...others] = list(raw, 'imageRegistryPath');
  if (others.length > 0) {
    throw new Failure({
      code: 'registry-malformed',
      message: `imageRegistryPath: ${others.length + 1} registries are given, and this version pushes to one.`,
      hint: 'Keep one line; further registries go into imageTag as full references (registry/name:tag).',
    });
  }
  return first === undefined ? undefined : parseRegistryPath(first, 'imageRegistryPath');
}

function readImageShortName(raw: Raw, prefix: string | undefined): string {
  const name = raw.text('imageShortName');
  if (name === undefined) {
    throw new Failure({
      code: 'input-missing',
      message: 'imageShortName: no value is given.',
      hint: 'Set it to the name of the ECR repository, such as nginx.',
    });
  }
  return checkRepositoryName(name, { input: 'imageShortName', prefix: prefix ?? '' });
}

function checkOutputPrefix(value: string): string {
  const prefix = value.toLowerCase();
  if (/^[a-z0-9_-]+$/.test(prefix)) {
    return prefix;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `image: "${value}" cannot begin the name of an output.`,
    hint: 'Use letters, digits, "_" and "-".',
  });
}

/** A text, or the content of the file that the value names: a text has a line break or starts like one. */
async function readProfile(
  raw: Raw,
  runner: Runner,
  mask: (secret: string) => void,
): Promise<CredentialsProfile | undefined> {
  const value = raw.text('awsCredentials');
  if (value === undefined) {
    return undefined;
  }
  const isText = value.includes('\n') || value.startsWith('[');
  const path = isText ? undefined : await findFile(value, runner);
  const text = path === undefined ? value : (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  secretsIn(text).forEach(mask);
  return checkProfile({
    text,
    profile: raw.text('awsProfile') ?? 'default',
    fromWorkspace: path?.startsWith(join(await realpath(runner.workspace), '/')) ?? false,
  });
}

/** The value is not shown when there is no such file: it may be a secret that was pasted here. */
async function findFile(value: string, runner: Runner): Promise<string> {
  const path = await findPath({
    input: 'awsCredentials',
    path: value,
    base: runner.workspace,
    what: 'the workspace',
    secret: true,
  });
  if (path !== undefined && (await stat(path)).isFile()) {
    return path;
  }
  throw new Failure({
    code: 'credentials-file-missing',
    message:
      'awsCredentials: the value is neither the text of a credentials file nor the path of an existing one. It is not shown here.',
    hint: 'Give the whole text, which starts with a line such as [default], or a path relative to the workspace.',
  });
}

/** GitHub gives no secrets to the pull request of a fork: better to say so than to fail at the login. */
function checkFork(runner: Runner, env: Environment, profile: CredentialsProfile | undefined): void {
  const ambient = [
    'AWS_ACCESS_KEY_ID',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  ];
  if (runner.event.fromFork && profile === undefined && !ambient.some((name) => env[name])) {
    throw new Failure({
      code: 'credentials-fork',
      message:
        'push: this pull request comes from a fork, whose jobs get no secrets, so there is nothing to log in to ECR with.',
      hint: 'Build it without pushing: push: ${{ !github.event.pull_request.head.repo.fork }}',
    });
  }
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
