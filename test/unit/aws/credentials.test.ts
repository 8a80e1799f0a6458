import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CredentialsSource, openCredentials } from '../../../src/aws/credentials.ts';
import type { AwsInputs } from '../../../src/inputs/aws.ts';
import type { Environment } from '../../../src/runner.ts';
import { problemOf } from '../failures.ts';
import { KEYS, makeDirectory, SECRET } from '../job.ts';

const REGION = { region: 'eu-west-1', warning: undefined };
const CHAIN: AwsInputs = { profile: undefined, role: undefined, region: REGION };
const ROLE = { arn: 'arn:aws:iam::123456789012:role/ci', sessionName: 'fake', externalId: undefined };
const KEY = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE0000OTHER', AWS_SECRET_ACCESS_KEY: 'fake/environment' };

/** What the runner itself has, and what must not get into a given profile. */
const HOME_FILE = `[default]
aws_access_key_id = AKIAEXAMPLE00000HOME
aws_secret_access_key = fake/home
[profile ci]
role_arn = arn:aws:iam::123456789012:role/home
source_profile = default
`;

/** Variables that the SDK would find something by. */
const OURS = ['AWS_PROFILE', 'AWS_EC2_METADATA_DISABLED', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'];

beforeEach(async () => {
  const home = await makeDirectory({ '.aws/credentials': HOME_FILE, '.aws/config': HOME_FILE });
  vi.stubEnv('HOME', home);
  for (const name of [...OURS, ...Object.keys(KEY)]) {
    vi.stubEnv(name, undefined);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

function inputsOf(text: string, name: string): AwsInputs {
  return { ...CHAIN, profile: { name, text, region: undefined } };
}

function open(aws: AwsInputs, env: Environment, mask: (secret: string) => void = () => undefined) {
  return openCredentials(aws, { env, mask });
}

function keysOf({ provider }: CredentialsSource) {
  return provider();
}

describe('a given profile', () => {
  it.each([
    ['ci', '[ci]'],
    ['ci', '[profile ci]'],
    ['default', '[default]'],
  ])('%s is read from its text alone: %s', async (name, section) => {
    vi.stubEnv('AWS_PROFILE', 'home');
    const source = await open(inputsOf(`${section}\n${KEYS}`, name), KEY);
    expect(source.name).toBe(`profile "${name}" of awsCredentials`);
    expect(await keysOf(source)).toMatchObject({ accessKeyId: 'AKIAEXAMPLE00000FAKE', secretAccessKey: SECRET });
  });

  it('does not fall back to the runner', async () => {
    expect(await problemOf(() => open(inputsOf(`[other]\n${KEYS}`, 'default'), KEY))).toMatchObject({
      code: 'credentials-none',
      message: expect.stringContaining('profile "default" of awsCredentials'),
    });
  });

  it.each(['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'])('takes the place of the file in %s', async (name) => {
    const file = join(await makeDirectory({ fake: HOME_FILE }), 'fake');
    vi.stubEnv(name, file);
    const source = await open(inputsOf(`[ci]\n${KEYS}`, 'ci'), { [name]: file });
    expect(await keysOf(source)).toMatchObject({ accessKeyId: 'AKIAEXAMPLE00000FAKE' });
  });

  it('with a program that fails does not show what it was called with', async () => {
    const text = '[default]\ncredential_process = /bin/false --token fake-argument\n';
    const problem = await problemOf(() => open(inputsOf(text, 'default'), {}));
    expect(problem.code).toBe('credentials-none');
    expect(problem.message).toContain('the credential_process of the profile failed');
    expect(JSON.stringify(problem)).not.toContain('fake-argument');
  });

  it('with a program that fails is what is wrong, also when a role is to be assumed with it', async () => {
    const text = '[default]\ncredential_process = /bin/false\n';
    const problem = await problemOf(() => open({ ...inputsOf(text, 'default'), role: ROLE }, {}));
    expect(problem).toMatchObject({ code: 'credentials-none', message: expect.stringContaining('awsCredentials') });
  });

  it.each([
    ['is asked again before they end', 4 * 60, true],
    ['is asked once for keys of an hour', 3600, false],
  ])('with a program %s', async (_, seconds, again) => {
    const directory = await makeDirectory();
    const Expiration = new Date(Date.now() + seconds * 1000).toISOString();
    const keys = {
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLE00000FAKE',
      SecretAccessKey: 'fake',
      SessionToken: 'fake',
      Expiration,
    };
    await writeFile(join(directory, 'keys'), JSON.stringify(keys));
    const program = `sh -c 'echo run >> ${directory}/runs; cat ${directory}/keys'`;
    const source = await open(inputsOf(`[default]\ncredential_process = ${program}\n`, 'default'), {});
    await source.provider();
    await source.provider();
    const runs = (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n');
    expect(runs.length > 1).toBe(again);
  });

  it('with a token file that is not there names it', async () => {
    const text = `[default]\nrole_arn = ${ROLE.arn}\nweb_identity_token_file = /nonexistent/token\n`;
    expect(await problemOf(() => open(inputsOf(text, 'default'), {}))).toMatchObject({
      code: 'credentials-none',
      message: expect.stringContaining('/nonexistent/token'),
    });
  });
});

describe('the environment', () => {
  it.each([
    ['keys', KEY, { accessKeyId: 'AKIAEXAMPLE0000OTHER', secretAccessKey: 'fake/environment' }],
    [
      'keys and a blank token',
      { ...KEY, AWS_SESSION_TOKEN: '' },
      { accessKeyId: 'AKIAEXAMPLE0000OTHER', secretAccessKey: 'fake/environment' },
    ],
    [
      'keys and a token',
      { ...KEY, AWS_SESSION_TOKEN: 'fake-token' },
      { accessKeyId: 'AKIAEXAMPLE0000OTHER', secretAccessKey: 'fake/environment', sessionToken: 'fake-token' },
    ],
    [
      'keys and a profile',
      { ...KEY, AWS_PROFILE: 'ci' },
      { accessKeyId: 'AKIAEXAMPLE0000OTHER', secretAccessKey: 'fake/environment' },
    ],
  ])('wins with %s', async (_, env, keys) => {
    const masked: string[] = [];
    const source = await open(CHAIN, env, (secret) => masked.push(secret));
    expect(source.name).toBe('AWS_ACCESS_KEY_ID of the environment');
    expect(await keysOf(source)).toEqual(keys);
    const { secretAccessKey, sessionToken } = await keysOf(source);
    expect(masked).toEqual(sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken]);
  });

  it.each([
    ['nothing', {}],
    ['half a key', { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE0000OTHER' }],
    ['blank keys', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }],
  ])('leaves it to the chain with %s', async (_, env) => {
    const source = await open(CHAIN, env);
    expect(source.name).toBe('the credentials of this runner (AWS configuration files)');
    expect(await keysOf(source)).toMatchObject({ accessKeyId: 'AKIAEXAMPLE00000HOME' });
  });

  it('names the profile that it chooses', async () => {
    vi.stubEnv('AWS_PROFILE', 'default');
    expect((await open(CHAIN, { AWS_PROFILE: 'default' })).name).toMatch(/^profile "default" of this runner/);
  });
});

describe('a runner without credentials', () => {
  const HOSTED = { RUNNER_ENVIRONMENT: 'github-hosted' };
  beforeEach(async () => {
    vi.stubEnv('HOME', await makeDirectory());
  });

  it('of GitHub is not asked for instance metadata', async () => {
    expect(await problemOf(() => open(CHAIN, HOSTED))).toMatchObject({
      code: 'credentials-none',
      hint: expect.stringContaining('id-token: write'),
    });
    expect(process.env.AWS_EC2_METADATA_DISABLED).toBe('true');
  });

  it('is told of the permission when there is a role', async () => {
    expect(await problemOf(() => open({ ...CHAIN, role: ROLE }, HOSTED))).toEqual({
      code: 'oidc-permission-missing',
      message: expect.stringContaining(ROLE.arn),
      hint: expect.stringContaining('permissions:\n  id-token: write\n  contents: read'),
    });
  });

  it('is told of a profile that is named and not there', async () => {
    vi.stubEnv('AWS_PROFILE', 'gone');
    expect(await problemOf(() => open({ ...CHAIN, role: ROLE }, { ...HOSTED, AWS_PROFILE: 'gone' }))).toMatchObject({
      code: 'credentials-none',
      message: expect.stringContaining('profile "gone" of this runner'),
    });
  });
});
