import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialsProfile, checkProfile, secretsIn } from '../aws/credentials-file.ts';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import { checkRegion, chooseRegion, type RegionChoice } from '../plan/regions.ts';
import type { Environment, Runner } from '../runner.ts';
import { type Ask, attempt, optional, type Raw } from './grammar.ts';

export interface AwsInputs {
  /** Undefined: the SDK's chain. */
  readonly profile: CredentialsProfile | undefined;
  readonly region: RegionChoice;
}

/**
 * Reads who asks AWS, and where.
 * @param options.needed without need, AWS is asked only for credentials that are given
 * @param options.hosts registries that images go to
 * @returns undefined when nothing is to be asked of AWS
 */
export async function readAws(
  { raw, problems, runner, env, mask }: Ask,
  options: { readonly needed: () => boolean; readonly hosts: () => readonly string[] },
): Promise<() => AwsInputs | undefined> {
  const awsRegion = await attempt(problems, () => optional(raw, 'awsRegion', checkRegion));
  const profile = await attempt(problems, () => readProfile(raw, runner, mask));
  const aws = await attempt(problems, () => {
    const credentials = profile.get();
    if (credentials === undefined && !options.needed()) {
      return undefined;
    }
    checkFork(runner, env, credentials);
    const profileRegion = credentials?.region;
    const region = chooseRegion({ hosts: options.hosts(), awsRegion: awsRegion.get(), profileRegion, env });
    return { profile: credentials, region };
  });
  return aws.get;
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
    fromWorkspace: path?.startsWith(join(await realpath(runner.workspace).catch(() => runner.workspace), '/')) ?? false,
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
    'AWS_PROFILE',
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
