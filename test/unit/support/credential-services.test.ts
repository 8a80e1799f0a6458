import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startContainerCredentials } from '../../support/container-credentials.ts';
import { startInstanceMetadata } from '../../support/instance-metadata.ts';

const KEYS = { accessKeyId: 'ASIA0FAKE0ONE', secretAccessKey: 'fake-secret', sessionToken: 'fake-session' };

beforeEach(() => {
  // Only what a test sets up is there: no keys and no files of the machine.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_EC2_METADATA_DISABLED']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test('gives credentials to a container with the token of the environment, or of a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-container-'));
  const container = await startContainerCredentials(KEYS);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', container.url);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', container.token);
  expect(await defaultProvider()()).toMatchObject(KEYS);

  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', undefined);
  const file = join(directory, 'token');
  writeFileSync(file, container.token);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', file);
  expect(await defaultProvider()()).toMatchObject(KEYS);

  expect((await fetch(container.url)).status).toBe(401);
  expect(container.requests.map(({ status }) => status)).toEqual([200, 200, 401]);
  await container.close();
  rmSync(directory, { recursive: true });
});

test('gives credentials to a machine with a role, by version 2 alone', async () => {
  const metadata = await startInstanceMetadata({ keys: KEYS, region: 'eu-central-1' });
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
  expect(await defaultProvider()()).toMatchObject(KEYS);
  expect(metadata.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'PUT /latest/api/token 200',
    'GET /latest/meta-data/iam/security-credentials/ 200',
    'GET /latest/meta-data/iam/security-credentials/runner 200',
  ]);
  expect((await fetch(`${metadata.url}/latest/meta-data/iam/security-credentials/`)).status).toBe(401);
  await metadata.close();
});

test('has none on a machine without a role', async () => {
  const metadata = await startInstanceMetadata({ keys: undefined });
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
  await expect(defaultProvider()()).rejects.toThrow('Could not load credentials from any providers');
  expect(metadata.requests.at(-1)).toMatchObject({ status: 404 });
  await metadata.close();
});
