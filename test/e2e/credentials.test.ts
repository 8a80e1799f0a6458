import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, CREDENTIALS, credentialsFile, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import type { Job } from '../support/job.ts';

const OTHER = {
  accountId: '210987654321',
  accessKeyId: 'AKIAEXAMPLE00OTHER00',
  secretAccessKey: 'fake/other-secret+000000000000',
};
const EXPIRED = { ...OTHER, accessKeyId: 'ASIAEXAMPLE00EXPIRED', expired: true };
const DENIED = { ...OTHER, accessKeyId: 'AKIAEXAMPLE00DENIED0', denied: ['ecr:GetAuthorizationToken'] };
const SESSION = { ...ACCOUNT, accessKeyId: 'ASIAEXAMPLE00SESSION', sessionToken: 'fake-session-token//0000' };
const ROLE_ARN = 'arn:aws:iam::123456789012:role/pusher';

let bed: Bed;

beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    accounts: [ACCOUNT, OTHER, EXPIRED, DENIED, SESSION],
    roles: [{ arn: ROLE_ARN, trustedAccounts: [ACCOUNT.accountId] }],
  });
});
afterAll(() => bed.close());

/** Who asked for the last token, and in which region. */
function lastLogin() {
  const { user, region } = bed.ecr.requests.findLast(({ action }) => action === 'GetAuthorizationToken') ?? {};
  return { user, region };
}

/** The runner's own ~/.aws, which says otherwise in every way that it can. */
async function hostileHome({ home }: Job): Promise<void> {
  await mkdir(join(home, '.aws'));
  const section = `aws_access_key_id = ${OTHER.accessKeyId}\naws_secret_access_key = ${OTHER.secretAccessKey}`;
  await writeFile(join(home, '.aws/credentials'), `[default]\n${section}\n[ci]\n${section}\n`);
  const config =
    'region = us-east-1\nrole_arn = arn:aws:iam::210987654321:role/hijack\nsource_profile = ci\nendpoint_url = http://127.0.0.1:9\n';
  await writeFile(join(home, '.aws/config'), `[default]\n${config}\n[profile ci]\n${config}`);
}

const withoutFile = { awsCredentials: '', imageTag: 'credentials' };

describe('where the credentials come from', () => {
  it('takes nothing but the given text, whatever the runner has in ~/.aws and AWS_*', async () => {
    const job = await bed.job({
      env: { AWS_PROFILE: 'ci', AWS_ACCESS_KEY_ID: OTHER.accessKeyId, AWS_SECRET_ACCESS_KEY: 'no' },
    });
    await hostileHome(job);
    const result = await job.step({
      ...bed.inputs,
      awsCredentials: credentialsFile({ ci: ACCOUNT }),
      awsProfile: 'ci',
    });
    expect(result.code, result.output).toBe(0);
    expect(lastLogin()).toEqual({ user: ACCOUNT.accessKeyId, region: REGION });
  });

  it('takes the environment first when there is no file, although ~/.aws says otherwise', async () => {
    const keys = {
      AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey,
      AWS_PROFILE: 'ci',
    };
    const job = await bed.job({ env: keys });
    await mkdir(join(job.home, '.aws'));
    await writeFile(join(job.home, '.aws/credentials'), credentialsFile({ default: OTHER, ci: OTHER }));
    const result = await job.step({ ...bed.inputs, ...withoutFile });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain('with AWS_ACCESS_KEY_ID of the environment');
    expect(lastLogin().user).toBe(ACCOUNT.accessKeyId);
  });

  it("takes what the SDK finds on the machine, such as a runner's ~/.aws, when there is neither", async () => {
    const job = await bed.job();
    await mkdir(join(job.home, '.aws'));
    await writeFile(join(job.home, '.aws/credentials'), CREDENTIALS);
    const result = await job.step({ ...bed.inputs, ...withoutFile });
    expect(result.code, result.output).toBe(0);
    expect(lastLogin().user).toBe(ACCOUNT.accessKeyId);
  });

  it('reads a file outside of the workspace, and one in it', async () => {
    const job = await bed.job();
    const outside = join(job.home, 'credentials');
    await writeFile(outside, `\uFEFF${CREDENTIALS.replaceAll('\n', '\r\n')}`);
    await writeFile(join(job.workspace, 'inside.ini'), CREDENTIALS);
    expect(await job.step({ ...bed.inputs, awsCredentials: outside })).toMatchObject({ code: 0 });
    expect(await job.step({ ...bed.inputs, awsCredentials: 'inside.ini' })).toMatchObject({ code: 0 });
  });

  it('sends the session token of temporary credentials, and masks it', async () => {
    const job = await bed.job();
    const awsCredentials = `${credentialsFile({ default: SESSION })}aws_session_token = ${SESSION.sessionToken}\n`;
    const result = await job.step({ ...bed.inputs, awsCredentials });
    expect(result.code, result.output).toBe(0);
    expect(result.masks).toEqual(expect.arrayContaining([SESSION.secretAccessKey, SESSION.sessionToken]));
  });

  it('assumes the role of a profile with the keys of its source profile', async () => {
    const job = await bed.job();
    const awsCredentials = `${CREDENTIALS}\n[deploy]\nrole_arn = ${ROLE_ARN}\nsource_profile = default\n`;
    const result = await job.step({ ...bed.inputs, awsCredentials, awsProfile: 'deploy' });
    expect(result.code, result.output).toBe(0);
    expect(lastLogin().user).toMatch(/^ASIA/);
  });

  it.each([
    ['of the profile', { awsRegion: '', awsCredentials: `${CREDENTIALS}region = eu-west-1\n` }, {}, 'eu-west-1'],
    ['of AWS_REGION', { awsRegion: '' }, { AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'us-east-2' }, 'us-west-2'],
    ['of AWS_DEFAULT_REGION', { awsRegion: '' }, { AWS_DEFAULT_REGION: 'us-east-2' }, 'us-east-2'],
    ['that is given', { awsRegion: 'sa-east-1' }, { AWS_REGION: 'us-west-2' }, 'sa-east-1'],
  ])('asks in the region %s', async (_, inputs, env, region) => {
    const job = await bed.job({ env });
    expect(await job.step({ ...bed.inputs, ...inputs })).toMatchObject({ code: 0 });
    expect(lastLogin().region).toBe(region);
  });
});

describe('what is wrong with the credentials', () => {
  it.each([
    [
      'unknown key',
      credentialsFile({ default: { ...ACCOUNT, accessKeyId: 'AKIAEXAMPLE00NOBODY0' } }),
      'credentials-refused',
      /security token included in the request is invalid/,
    ],
    [
      'wrong secret',
      credentialsFile({ default: { ...ACCOUNT, secretAccessKey: 'fake-wrong-secret' } }),
      'credentials-refused',
      /secret does not fit/,
    ],
    ['expired', credentialsFile({ default: EXPIRED }), 'credentials-expired', /has expired/],
    [
      'not allowed',
      credentialsFile({ default: DENIED }),
      'ecr-denied',
      /Allow ecr:GetAuthorizationToken on Resource "\*"/,
    ],
    [
      'session token forgotten',
      credentialsFile({ default: SESSION }),
      'credentials-refused',
      /session token is missing/,
    ],
  ])('is told: %s', async (_, awsCredentials, code, words) => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, awsCredentials });
    expect(result.code).toBe(1);
    expect(result.output).toContain(`::error title=${code}::`);
    expect(result.errors).toEqual([expect.stringMatching(words)]);
    expect(result.errors[0]).toContain('AWS request ');
  });

  it('is told when there are none at all, without asking the metadata service on a GitHub-hosted runner', async () => {
    const job = await bed.job({ env: { RUNNER_ENVIRONMENT: 'github-hosted' } });
    const result = await job.step({ ...bed.inputs, ...withoutFile });
    expect(result.code).toBe(1);
    expect(result.output).toContain('::error title=credentials-none::');
    expect(result.errors[0]).toContain('awsCredentials');
  });

  it('is told when AWS cannot be reached', async () => {
    const job = await bed.job({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } });
    const result = await job.step(bed.inputs);
    expect(result.output).toContain('::error title=ecr-unreachable::');
  });

  it('leaves neither a token nor a directory behind', async () => {
    const job = await bed.job();
    await job.step({ ...bed.inputs, awsCredentials: credentialsFile({ default: EXPIRED }) });
    await job.post();
    expect(await readdir(job.temp)).toEqual([]);
    expect(await readdir(job.home)).toEqual([]);
  });
});
