import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { GITHUB_ISSUER, type GithubOidc, startGithubOidc } from '../../support/github-oidc.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';
import { askSts } from './ask-sts.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const BOUND = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', denied: ['sts:AssumeRole'] };
const ROLE = 'arn:aws:iam::444455556666:role/deploy';
const OIDC_ROLE = 'arn:aws:iam::444455556666:role/oidc';
const LONELY_ROLE = 'arn:aws:iam::444455556666:role/lonely';
const CLAIMS = { sub: 'repo:acme/shop:ref:refs/heads/main' };

let registry: Registry;
let ecr: Ecr;
let oidc: GithubOidc;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-roles-'));
  registry = await startRegistry({ toolchain: inject('toolchain') });
  oidc = await startGithubOidc({ claims: CLAIMS });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, BOUND],
    roles: [
      { arn: ROLE, trustedAccounts: [ACCOUNT.accountId], externalId: 'fake-id', sessionName: 'job-*' },
      { arn: OIDC_ROLE, webIdentity: { subject: 'repo:acme/*', issuer: GITHUB_ISSUER }, allowed: ['ecr:Describe*'] },
      { arn: LONELY_ROLE, hasProvider: false },
    ],
  });
  vi.stubEnv('AWS_ENDPOINT_URL', ecr.url);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await ecr?.close();
  await oidc?.close();
  await registry?.close();
  rmSync(directory, { recursive: true, force: true });
});

function ini(section: string) {
  // The SDK reads a file once.
  const filepath = join(directory, randomUUID());
  const keys = `aws_access_key_id=${ACCOUNT.accessKeyId}\naws_secret_access_key=${ACCOUNT.secretAccessKey}\n`;
  writeFileSync(filepath, `[base]\n${keys}[p]\n${section}\n`);
  return fromIni({ filepath, configFilepath: filepath, profile: 'p' });
}

/** Whom ECR takes the owner of these credentials for. */
async function callerOf(credentials: ReturnType<typeof ini>): Promise<string | undefined> {
  const sdk = new ECRClient({ region: 'eu-central-1', credentials, maxAttempts: 1 });
  await sdk.send(new DescribeRepositoriesCommand({}));
  return ecr.requests.at(-1)?.caller;
}

const ASSUMED = `role_arn=${ROLE}\nsource_profile=base\n`;

describe('AssumeRole', () => {
  test('checks external id and name of the session', async () => {
    const good = ini(`${ASSUMED}external_id=fake-id\nrole_session_name=job-7`);
    expect(await callerOf(good)).toBe('arn:aws:sts::444455556666:assumed-role/deploy/job-7');
    const asked = ecr.requests.findLast(({ action }) => action === 'AssumeRole');
    expect(asked).toMatchObject({
      kind: 'sts',
      actions: ['sts:AssumeRole'],
      caller: 'arn:aws:iam::111122223333:user/ci',
      input: { ExternalId: 'fake-id', RoleSessionName: 'job-7' },
    });
  });

  test.each([
    ['no external id', 'role_session_name=job-7', 'AccessDenied'],
    ['another external id', 'external_id=fake\nrole_session_name=job-7', 'AccessDenied'],
    ['another name', 'external_id=fake-id\nrole_session_name=x-7', 'AccessDenied'],
    ['too long a session', 'external_id=fake-id\nrole_session_name=job-7\nduration_seconds=7200', 'ValidationError'],
  ])('refuses %s', async (_, lines, name) => {
    await expect(callerOf(ini(ASSUMED + lines))).rejects.toMatchObject({ name });
  });

  test('asks for the permission of the caller', async () => {
    const form = { Action: 'AssumeRole', RoleArn: ROLE, ExternalId: 'fake-id', RoleSessionName: 'job-7' };
    expect(await askSts({ url: ecr.url, keys: ACCOUNT, form })).toContain('<AssumeRoleResult><Credentials>');
    expect(await askSts({ url: ecr.url, keys: BOUND, form })).toContain('not authorized to perform: sts:AssumeRole');
  });
});

test('says who asks, whoever asks', async () => {
  const keys = ecr.sessionOf(ROLE, 'job-9');
  const answer = await askSts({ url: ecr.url, keys, form: { Action: 'GetCallerIdentity' } });
  expect(answer).toContain('<Arn>arn:aws:sts::444455556666:assumed-role/deploy/job-9</Arn>');
  expect(answer).toContain('<Account>444455556666</Account>');
  expect(ecr.requests.at(-1)).toMatchObject({ action: 'GetCallerIdentity', actions: [], status: 200 });
  const forged = { ...keys, sessionToken: 'fake' };
  const refused = await askSts({ url: ecr.url, keys: forged, form: { Action: 'GetCallerIdentity' } });
  expect(refused).toContain('<Code>InvalidClientTokenId</Code>');
});

describe('AssumeRoleWithWebIdentity', () => {
  async function assume(token: string, roleArn = OIDC_ROLE): Promise<string | undefined> {
    const file = join(directory, 'token');
    writeFileSync(file, token);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
    vi.stubEnv('AWS_ROLE_ARN', roleArn);
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'run-1');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    return callerOf(defaultProvider());
  }

  test("takes GitHub's token for the right audience, and gives what the role may do", async () => {
    expect(await assume(oidc.token('sts.amazonaws.com'))).toBe('arn:aws:sts::444455556666:assumed-role/oidc/run-1');
    expect(ecr.requests.findLast(({ kind }) => kind === 'sts')?.actions).toEqual(['sts:AssumeRoleWithWebIdentity']);
  });

  const encoded = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.fake`;
  const good = { ...CLAIMS, aud: 'sts.amazonaws.com', iss: GITHUB_ISSUER };

  test.each([
    ['another audience', { ...good, aud: 'sts.amazonaws.com.cn' }, OIDC_ROLE, 'Incorrect token audience'],
    [
      'another subject',
      { ...good, sub: 'repo:evil/shop' },
      OIDC_ROLE,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'another issuer',
      { ...good, iss: 'https://example.com' },
      OIDC_ROLE,
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    ['a token that is too old', { ...good, exp: 1 }, OIDC_ROLE, 'Token expired'],
    [
      'a provider that is unknown',
      good,
      LONELY_ROLE,
      `No OpenIDConnect provider found in your account for ${GITHUB_ISSUER}`,
    ],
  ])('refuses %s', async (_, claims, roleArn, message) => {
    await expect(assume(encoded(claims), roleArn)).rejects.toThrow(message);
  });

  test('answers a refusal as STS does', async () => {
    const form = { Action: 'AssumeRoleWithWebIdentity', RoleArn: OIDC_ROLE, RoleSessionName: 'run-1' };
    const answer = await askSts({ url: ecr.url, keys: ACCOUNT, form: { ...form, WebIdentityToken: encoded({}) } });
    expect(answer).toBe(
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>',
    );
    expect(ecr.requests.at(-1)?.status).toBe(403);
  });
});
