import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const ROLE = 'arn:aws:iam::444455556666:role/deploy';
const OIDC_ROLE = 'arn:aws:iam::444455556666:role/oidc';

let registry: Registry;
let ecr: Ecr;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-sts-'));
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT],
    repositories: [{ name: 'theirs', accountId: '444455556666' }],
    roles: [
      { arn: ROLE, trustedAccounts: [ACCOUNT.accountId] },
      { arn: OIDC_ROLE, webIdentity: { subject: 'repo:acme/*' } },
    ],
  });
  vi.stubEnv('AWS_ENDPOINT_URL', ecr.url);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await ecr?.close();
  await registry?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The account in which a profile of this credentials file finds itself, through the SDK's own STS client. */
async function repositoriesSeenBy(profile: string, section: string): Promise<unknown> {
  const filepath = join(directory, `${profile}.ini`);
  const keys = `aws_access_key_id=${ACCOUNT.accessKeyId}\naws_secret_access_key=${ACCOUNT.secretAccessKey}\n`;
  writeFileSync(filepath, `[base]\n${keys}[${profile}]\n${section}\n`);
  const credentials = fromIni({ filepath, configFilepath: filepath, profile });
  const sdk = new ECRClient({ region: 'eu-central-1', credentials, maxAttempts: 1 });
  const { repositories } = await sdk.send(new DescribeRepositoriesCommand({}));
  return repositories?.map(({ repositoryArn }) => repositoryArn);
}

test('lets a trusted account assume a role, which then signs for its own account', async () => {
  const seen = await repositoriesSeenBy('chained', `role_arn=${ROLE}\nsource_profile=base`);
  expect(seen).toEqual(['arn:aws:ecr:eu-central-1:444455556666:repository/theirs']);
  expect(ecr.requests.filter(({ kind }) => kind === 'sts')).toMatchObject([{ action: 'AssumeRole', status: 200 }]);
});

test('refuses a role that does not trust the caller', async () => {
  const call = repositoriesSeenBy('refused', `role_arn=${OIDC_ROLE}\nsource_profile=base`);
  await expect(call).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on resource: ${OIDC_ROLE}`,
  });
});

test.each([
  ['repo:acme/shop:ref:refs/heads/main', ['arn:aws:ecr:eu-central-1:444455556666:repository/theirs']],
  ['repo:Acme/shop:ref:refs/heads/main', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
])('lets a web identity assume a role by its subject: %s', async (sub, expected) => {
  const claims = Buffer.from(JSON.stringify({ sub, aud: 'sts.amazonaws.com' })).toString('base64url');
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, `e30.${claims}.fake`);
  const seen = repositoriesSeenBy('oidc', `role_arn=${OIDC_ROLE}\nweb_identity_token_file=${tokenFile}`);
  await (typeof expected === 'string'
    ? expect(seen).rejects.toThrow(expected)
    : expect(seen).resolves.toEqual(expected));
});
