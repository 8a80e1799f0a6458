import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialsProfile, checkProfile, secretsIn } from '../aws/credentials-file.ts';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import { checkEndpoints } from '../plan/endpoints.ts';
import { proxySecrets } from '../plan/proxies.ts';
import { checkRegion, chooseRegion, type RegionChoice } from '../plan/regions.ts';
import { checkExternalId, checkRoleArn, checkSessionName, defaultSessionName, type Role } from '../plan/role.ts';
import type { Environment, Workflow } from '../runner.ts';
import { type Ask, attempt, optional, type Raw, type Reading } from './grammar.ts';

export interface AwsInputs {
  /** Undefined: the SDK's chain. */
  readonly profile: CredentialsProfile | undefined;
  /** Assumed with the credentials, or with the OIDC token of the job. */
  readonly role: Role | undefined;
  readonly region: RegionChoice;
}

/**
 * Reads who asks AWS, and where.
 * @param options.needed without need, AWS is asked only for credentials that are given
 * @param options.hosts registries that images go to
 * @returns undefined when nothing is to be asked of AWS
 */
export async function readAws(
  ask: Ask,
  options: {
    readonly needed: () => boolean;
    readonly hosts: () => readonly string[];
    /** What somebody can do whose job gets no secrets. */
    readonly forkHint: string;
  },
): Promise<() => AwsInputs | undefined> {
  const { raw, problems, workflow, env, mask } = ask;
  // Programs that are started later may print the address of their proxy.
  proxySecrets(env).forEach(mask);
  const awsRegion = await attempt(problems, () => optional(raw, 'awsRegion', checkRegion));
  const role = await readRole(ask);
  const profile = await attempt(problems, () => readProfile(raw, workflow, mask));
  const aws = await attempt(problems, () => {
    const credentials = profile.get();
    const isOwn = credentials !== undefined || (role.get() !== undefined && !isClosedFork(workflow, env));
    if (!isOwn && !options.needed()) {
      return undefined;
    }
    checkFork(options.forkHint, { workflow, env, profile: credentials });
    checkEndpoints(env);
    const { region: profileRegion, name: profileName } = credentials ?? {};
    const hosts = options.hosts();
    const region = chooseRegion({ hosts, awsRegion: awsRegion.get(), profileRegion, profileName, env });
    return { profile: credentials, role: role.get(), region };
  });
  return aws.get;
}

/** The name of the session and the external id belong to a role. */
async function readRole({ raw, problems, env }: Ask): Promise<Reading<Role | undefined>> {
  const arn = await attempt(problems, () => optional(raw, 'awsRoleArn', checkRoleArn));
  const sessionName = await attempt(problems, () => optional(raw, 'awsRoleSessionName', checkSessionName));
  const externalId = await attempt(problems, () => optional(raw, 'awsExternalId', checkExternalId));
  return attempt(problems, () => {
    const role = arn.get();
    const [left] = ['awsRoleSessionName', 'awsExternalId'].filter((name) => raw.text(name) !== undefined);
    if (role === undefined && left !== undefined) {
      throw new Failure({
        code: 'role-malformed',
        message: `${left}: there is no awsRoleArn that it could belong to.`,
        hint: `Give the role as awsRoleArn, or leave ${left} out. A role of a profile has role_session_name and external_id in the credentials file.`,
      });
    }
    const names = {
      sessionName: sessionName.get() ?? defaultSessionName(env.GITHUB_RUN_ID),
      externalId: externalId.get(),
    };
    return role === undefined ? undefined : { arn: role, ...names };
  });
}

/** A text, or the content of the file that the value names: a text has a line break or starts like one. */
async function readProfile(
  raw: Raw,
  workflow: Workflow,
  mask: (secret: string) => void,
): Promise<CredentialsProfile | undefined> {
  const value = raw.text('awsCredentials');
  if (value === undefined) {
    return undefined;
  }
  const isText = value.includes('\n') || value.startsWith('[');
  const path = isText ? undefined : await findFile(value, workflow);
  const text = path === undefined ? value : (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  secretsIn(text).forEach(mask);
  return checkProfile({
    text,
    profile: raw.text('awsProfile') ?? 'default',
    fromWorkspace:
      path?.startsWith(join(await realpath(workflow.workspace).catch(() => workflow.workspace), '/')) ?? false,
  });
}

/** The value is not shown when there is no such file: it may be a secret that was pasted here. */
async function findFile(value: string, workflow: Workflow): Promise<string> {
  const path = await findPath({
    input: 'awsCredentials',
    path: value,
    base: workflow.workspace,
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

/** GitHub gives no secrets and no OIDC token to the pull request of a fork: better to say so than to fail at the login. */
function checkFork(
  hint: string,
  { workflow, env, profile }: { workflow: Workflow; env: Environment; profile: CredentialsProfile | undefined },
): void {
  if (profile === undefined && isClosedFork(workflow, env)) {
    throw new Failure({
      code: 'credentials-fork',
      message:
        'This pull request comes from a fork, whose jobs get no secrets, so there is nothing to log in to ECR with.',
      hint,
    });
  }
}

/** Where credentials of the runner itself can be, which a fork has as well. */
const AMBIENT = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
];

function isClosedFork(workflow: Workflow, env: Environment): boolean {
  return workflow.event.fromFork && !AMBIENT.some((name) => env[name]);
}
