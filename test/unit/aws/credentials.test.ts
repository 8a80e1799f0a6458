import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CredentialsSource, chooseCredentials } from '../../../src/aws/credentials.ts';
import type { AwsInputs } from '../../../src/inputs/aws.ts';
import { KEYS, makeDirectory, SECRET } from '../job.ts';

const REGION = { region: 'eu-west-1', warning: undefined };
const CHAIN: AwsInputs = { profile: undefined, region: REGION };
const KEY = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE0000OTHER', AWS_SECRET_ACCESS_KEY: 'fake/environment' };

/** What the runner itself has, and what must not get into a given profile. */
const HOME_FILE = `[default]
aws_access_key_id = AKIAEXAMPLE00000HOME
aws_secret_access_key = fake/home
[profile ci]
role_arn = arn:aws:iam::123456789012:role/home
source_profile = default
`;

beforeEach(async () => {
  const home = await makeDirectory({ '.aws/credentials': HOME_FILE, '.aws/config': HOME_FILE });
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_PROFILE', 'home');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
  for (const [name, value] of Object.entries(KEY)) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

function inputsOf(text: string, name: string): AwsInputs {
  return { profile: { name, text, region: undefined }, region: REGION };
}

async function keysOf({ provider }: CredentialsSource) {
  return typeof provider === 'function' ? provider() : provider;
}

describe('a given profile', () => {
  it.each([
    ['ci', '[ci]'],
    ['ci', '[profile ci]'],
    ['default', '[default]'],
  ])('%s is read from its text alone: %s', async (name, section) => {
    const source = chooseCredentials(inputsOf(`${section}\n${KEYS}`, name), KEY);
    expect(source.name).toBe(`profile "${name}" of awsCredentials`);
    expect(await keysOf(source)).toMatchObject({ accessKeyId: 'AKIAEXAMPLE00000FAKE', secretAccessKey: SECRET });
  });

  it('does not fall back to the runner', async () => {
    const source = chooseCredentials(inputsOf(`[other]\n${KEYS}`, 'default'), KEY);
    await expect(keysOf(source)).rejects.toThrow('default');
  });

  it.each(['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'])('takes the place of the file in %s', async (name) => {
    const file = join(await makeDirectory({ fake: HOME_FILE }), 'fake');
    vi.stubEnv(name, file);
    const source = chooseCredentials(inputsOf(`[ci]\n${KEYS}`, 'ci'), { [name]: file });
    expect(await keysOf(source)).toMatchObject({ accessKeyId: 'AKIAEXAMPLE00000FAKE' });
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
    const source = chooseCredentials(CHAIN, env);
    expect(source.name).toBe('AWS_ACCESS_KEY_ID of the environment');
    expect(await keysOf(source)).toEqual(keys);
  });

  it.each([
    ['nothing', {}],
    ['half a key', { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE0000OTHER' }],
    ['blank keys', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }],
  ])('leaves it to the chain with %s', (_, env) => {
    expect(chooseCredentials(CHAIN, env).name).toBe('the credentials of this runner');
  });
});

describe('the metadata service', () => {
  it.each([
    ['github-hosted', 'true'],
    ['self-hosted', undefined],
  ])('of a %s runner is switched off: %s', (environment, disabled) => {
    chooseCredentials(CHAIN, { RUNNER_ENVIRONMENT: environment });
    expect(process.env.AWS_EC2_METADATA_DISABLED).toBe(disabled);
  });
});
