import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, CREDENTIALS } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { type ContainerCredentials, startContainerCredentials } from '../support/container-credentials.ts';
import { type GithubOidc, startGithubOidc } from '../support/github-oidc.ts';
import { type InstanceMetadata, startInstanceMetadata } from '../support/instance-metadata.ts';

const account = `arn:aws:iam::${ACCOUNT.accountId}`;
const [MACHINE, PUSHER, STRICT, CLOSED] = ['machine', 'team/pusher', 'strict', 'closed'].map(
  (name) => `${account}:role/${name}`,
) as [string, string, string, string];
const EXTERNAL_ID = 'fake-external:id/1';

let bed: Bed;
/** What the machine has for every job. */
let directory: string;
let oidc: GithubOidc;
let container: ContainerCredentials;
let metadata: InstanceMetadata;

beforeAll(async () => {
  directory = await mkdtemp('/tmp/bka-machine-');
  const trustedAccounts = [ACCOUNT.accountId];
  bed = await startBed(inject('toolchain'), {
    roles: [
      { arn: MACHINE, webIdentity: { subject: 'system:serviceaccount:ci:runner' } },
      { arn: PUSHER, trustedAccounts },
      { arn: STRICT, trustedAccounts, externalId: EXTERNAL_ID, sessionName: 'nightly-*' },
      { arn: CLOSED },
    ],
  });
  oidc = await startGithubOidc({ claims: { sub: 'system:serviceaccount:ci:runner' } });
  container = await startContainerCredentials(bed.ecr.sessionOf(MACHINE, 'task'));
  metadata = await startInstanceMetadata({ keys: bed.ecr.sessionOf(MACHINE, 'i-0123') });
});
afterAll(async () => {
  await bed.close();
  await Promise.all([oidc.close(), container.close(), metadata.close()]);
  await rm(directory, { recursive: true });
});

/** The ARN of a session of a role that the action has assumed. */
const session = (role: string, name: string | RegExp = /buildkit-aws-\w+/) =>
  new RegExp(`arn:aws:sts::${ACCOUNT.accountId}:assumed-role/${role}/${name instanceof RegExp ? name.source : name}`);

/** Who got the last token, as ARN. */
const lastCaller = () => bed.ecr.requests.findLast(({ action }) => action === 'GetAuthorizationToken')?.caller;

const without = { awsCredentials: '' };
const KEYS = { AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey };

/** Each way in, as inputs and variables, and what the log calls it. */
const WAYS: readonly [string, () => Promise<Way>][] = [
  ['awsCredentials', async () => ({ inputs: {}, source: 'profile "default" of awsCredentials', user: 'user/ci' })],
  [
    'the environment',
    async () => ({ inputs: without, env: KEYS, source: 'AWS_ACCESS_KEY_ID of the environment', user: 'user/ci' }),
  ],
  [
    'the container that the runner is in',
    async () => ({
      inputs: without,
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: container.url, AWS_CONTAINER_AUTHORIZATION_TOKEN: container.token },
      source: 'the credentials of this runner (container credentials)',
      user: 'assumed-role/machine/task',
    }),
  ],
  [
    'the pod identity of a runner in Kubernetes',
    async () => ({
      inputs: without,
      env: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: container.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: await file('pod', container.token),
      },
      source: 'the credentials of this runner (container credentials)',
      user: 'assumed-role/machine/task',
    }),
  ],
  [
    'the web identity of a runner in Kubernetes',
    async () => ({
      inputs: without,
      env: {
        AWS_WEB_IDENTITY_TOKEN_FILE: await file('web', `${oidc.token('sts.amazonaws.com')}\n`),
        AWS_ROLE_ARN: MACHINE,
        AWS_ROLE_SESSION_NAME: 'pod-7',
      },
      source: 'the credentials of this runner (AWS_WEB_IDENTITY_TOKEN_FILE)',
      user: 'assumed-role/machine/pod-7',
    }),
  ],
  [
    'the metadata service of a virtual machine',
    async () => ({
      inputs: without,
      env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url },
      source: 'the credentials of this runner',
      user: 'assumed-role/machine/i-0123',
    }),
  ],
];

interface Way {
  readonly inputs: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly source: string;
  readonly user: string;
}

/** A file on the machine, outside of every job. */
async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

describe('credentials', () => {
  it.each(WAYS)('of %s', async (_, make) => {
    const { inputs, env = {}, source, user } = await make();
    const job = await bed.job({ env });
    const result = await job.step({ ...bed.inputs, ...inputs });
    expect(result.code, result.output).toBe(0);
    expect(lastCaller()).toMatch(new RegExp(`${user}$`));
    expect(result.log).toContain(`Logged in to ${bed.ecr.host} with ${source} as ${lastCaller()}`);
  });

  it.each(WAYS)('of %s, and a role that is assumed with them', async (_, make) => {
    const { inputs, env = {}, source } = await make();
    const job = await bed.job({ env });
    const result = await job.step({ ...bed.inputs, ...inputs, awsRoleArn: PUSHER });
    expect(result.code, result.output).toBe(0);
    expect(lastCaller()).toMatch(session('pusher'));
    expect(result.log).toContain(`with a role assumed by ${source.replace(/ \(.*\)$/, '')} as ${lastCaller()}`);
  });

  it('of a role are masked, and those that it was assumed with', async () => {
    const job = await bed.job({ env: KEYS });
    const result = await job.step({ ...bed.inputs, ...without, awsRoleArn: PUSHER });
    expect(result.masks).toContain(ACCOUNT.secretAccessKey);
    expect(result.masks.filter((mask) => /^fake-se(?:cret|ssion)-/.test(mask))).toHaveLength(2);
  });
});

describe('a role', () => {
  it('of a profile is what awsRoleArn is assumed with', async () => {
    const job = await bed.job();
    const awsCredentials = `${CREDENTIALS}[first]\nrole_arn = ${PUSHER}\nsource_profile = default\nrole_session_name = first\n`;
    const inputs = { awsCredentials, awsProfile: 'first', awsRoleArn: STRICT };
    const own = { awsRoleSessionName: 'nightly-1', awsExternalId: EXTERNAL_ID };
    const result = await job.step({ ...bed.inputs, ...inputs, ...own });
    expect(result.code, result.output).toBe(0);
    const assumptions = bed.ecr.requests.filter(({ action }) => action === 'AssumeRole').slice(-2);
    expect(assumptions.map(({ caller }) => caller)).toEqual([
      `${account}:user/ci`,
      expect.stringMatching(session('pusher', 'first')),
    ]);
    expect(lastCaller()).toMatch(session('strict', 'nightly-1'));
  });

  it('is assumed once, however many registries there are', async () => {
    const job = await bed.job();
    const before = bed.ecr.requests.length;
    const cacheTag = `${ACCOUNT.accountId}.dkr.ecr.eu-west-1.amazonaws.com/app:cache`;
    await job.step({ ...bed.inputs, push: 'false', cacheTag, awsRoleArn: PUSHER });
    const actions = bed.ecr.requests.slice(before).map(({ action }) => action);
    expect(actions.filter((action) => action === 'GetAuthorizationToken')).toHaveLength(2);
    expect(actions.filter((action) => action === 'AssumeRole')).toHaveLength(1);
  });

  it('needs the external id that its trust policy asks for', async () => {
    const job = await bed.job();
    const before = bed.ecr.requests.length;
    const result = await job.step({ ...bed.inputs, awsRoleArn: STRICT, awsRoleSessionName: 'nightly-1' });
    expect(result.output).toContain('::error title=ecr-denied::');
    expect(result.errors[0]).toContain('awsExternalId');
    expect(result.errors[0]).toContain(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${STRICT}"}`);
    expect(result.errors[0]).toContain('(AWS request ');
    // What is denied is not tried again.
    expect(bed.ecr.requests.slice(before).map(({ action }) => action)).toEqual(['AssumeRole']);
  });

  it('that cannot be assumed with the own identity of a runner may be meant for the OIDC token', async () => {
    const job = await bed.job({ env: KEYS });
    const result = await job.step({ ...bed.inputs, ...without, awsRoleArn: CLOSED });
    expect(result.output).toContain('::error title=ecr-denied::');
    expect(result.errors[0]).toContain('permissions:\n  id-token: write\n  contents: read');
  });

  it('is used by the merge action, too', async () => {
    const job = await bed.job();
    await job.step({ ...bed.inputs, imageTag: 'm-amd64' });
    const { imageShortName = '', awsRegion = '' } = bed.inputs;
    const inputs = { imageShortName, awsRegion, imageTag: 'm', platforms: 'linux/amd64', awsCredentials: CREDENTIALS };
    const result = await job.step({ ...inputs, awsRoleArn: PUSHER }, { action: 'merge' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toMatch(session('pusher'));
    expect(lastCaller()).toMatch(session('pusher'));
  });

  it('makes a step without a push ask AWS', async () => {
    const job = await bed.job({ env: KEYS });
    expect(await job.step({ ...bed.inputs, ...without, push: 'false', awsRoleArn: PUSHER })).toMatchObject({ code: 0 });
    expect(lastCaller()).toMatch(session('pusher'));
  });
});

describe('a profile', () => {
  it('may run a program, whose words are not shown', async () => {
    const job = await bed.job();
    const keys = bed.ecr.sessionOf(PUSHER, 'program');
    const answer = {
      Version: 1,
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
    };
    const path = await file('program', JSON.stringify(answer));
    const awsCredentials = `[default]\ncredential_process = /bin/cat ${path}\n`;
    const result = await job.step({ ...bed.inputs, awsCredentials });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('with profile "default" of awsCredentials (credential_process) as ');
    expect(lastCaller()).toMatch(session('pusher', 'program'));
    expect(result.masks).toEqual(expect.arrayContaining([keys.secretAccessKey, keys.sessionToken]));
  });

  it('may have a web identity, whose token is masked', async () => {
    const job = await bed.job();
    const token = oidc.token('sts.amazonaws.com');
    const path = await file('profile', token);
    const awsCredentials = `[default]\nrole_arn = ${MACHINE}\nweb_identity_token_file = ${path}\n`;
    const result = await job.step({ ...bed.inputs, awsCredentials });
    expect(result.code, result.output).toBe(0);
    expect(lastCaller()).toMatch(session('machine', /[\w.-]+/));
    expect(result.masks).toContain(token);
  });

  it('may take the keys of the environment for its role', async () => {
    const job = await bed.job({ env: KEYS });
    const awsCredentials = `[default]\nrole_arn = ${PUSHER}\ncredential_source = Environment\n`;
    const result = await job.step({ ...bed.inputs, awsCredentials });
    expect(result.code, result.output).toBe(0);
    expect(lastCaller()).toMatch(session('pusher', /[\w.-]+/));
  });
});
