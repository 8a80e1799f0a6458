import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { type GithubOidc, startGithubOidc } from '../support/github-oidc.ts';

const OIDC_ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/ci`;
const KEY_ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/keys`;
const UNKNOWN_PROVIDER = `arn:aws:iam::${ACCOUNT.accountId}:role/no-provider`;
const OTHER_AUDIENCE = `arn:aws:iam::${ACCOUNT.accountId}:role/audience`;
const CHINA = `arn:aws-cn:iam::${ACCOUNT.accountId}:role/ci`;
const SUBJECT = 'repo:org/app:ref:refs/heads/main';
const IMMUTABLE = 'repo:org@1001/app@2002:ref:refs/heads/main';

let bed: Bed;
let open: GithubOidc[] = [];

beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    roles: [
      { arn: OIDC_ROLE, webIdentity: { subject: SUBJECT } },
      { arn: KEY_ROLE, trustedAccounts: [ACCOUNT.accountId] },
      { arn: UNKNOWN_PROVIDER, hasProvider: false },
      { arn: OTHER_AUDIENCE, webIdentity: { subject: '*', audience: 'api://other' } },
      { arn: CHINA, webIdentity: { subject: '*', audience: 'sts.amazonaws.com.cn' } },
    ],
  });
});
afterAll(() => bed.close());
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

/** A job with `id-token: write`. */
async function jobWithToken(options: Parameters<typeof startGithubOidc>[0] = {}, env: Record<string, string> = {}) {
  const oidc = await startGithubOidc(options);
  open.push(oidc);
  const job = await bed.job({ env: { ...oidc.variables, ...env } });
  return { oidc, job };
}

const inputs = () => ({ ...bed.inputs, awsCredentials: '', awsRoleArn: OIDC_ROLE });
const lastToken = () => bed.ecr.requests.findLast(({ action }) => action === 'GetAuthorizationToken');
const actionsSince = (begin: number) => bed.ecr.requests.slice(begin).map(({ action }) => action);
const KEYS = { AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey };

describe('a role with the OIDC token of the job', () => {
  it('is assumed, and named in the log', async () => {
    const { oidc, job } = await jobWithToken();
    const result = await job.step(inputs());
    expect(result.code, result.output).toBe(0);
    const arn = `arn:aws:sts::${ACCOUNT.accountId}:assumed-role/ci/buildkit-aws-${job.env.GITHUB_RUN_ID}`;
    expect(lastToken()?.caller).toBe(arn);
    expect(result.log).toContain(`Logged in to ${bed.ecr.host} with the OIDC token of this job as ${arn}`);
    expect(oidc.requests).toEqual([{ audience: 'sts.amazonaws.com', status: 200 }]);
  });

  it('has its token and its keys masked, and none of them anywhere else', async () => {
    const { job } = await jobWithToken();
    const result = await job.step(inputs());
    const { WebIdentityToken: token = '' } = Object(
      bed.ecr.requests.findLast(({ action }) => action === 'AssumeRoleWithWebIdentity')?.input,
    );
    expect(token).toMatch(/^ey/);
    expect(result.masks).toContain(token);
    expect(result.masks.filter((mask) => /^fake-se(?:cret|ssion)-/.test(mask))).toHaveLength(2);
    expect(result.log).not.toContain(token);
  });

  it('wins over the variables of the environment', async () => {
    const { job } = await jobWithToken({}, { ...KEYS, AWS_PROFILE: 'nobody' });
    const result = await job.step({ ...inputs(), awsRoleSessionName: 'release' });
    expect(result.code, result.output).toBe(0);
    expect(lastToken()?.caller).toMatch(/assumed-role\/ci\/release$/);
  });

  it('is not asked for beside awsCredentials', async () => {
    const { oidc, job } = await jobWithToken();
    const result = await job.step({ ...bed.inputs, awsRoleArn: KEY_ROLE });
    expect(result.code, result.output).toBe(0);
    expect(lastToken()?.caller).toMatch(/assumed-role\/keys\//);
    expect(oidc.requests).toEqual([]);
  });

  it('is not asked for without awsRoleArn', async () => {
    const { oidc, job } = await jobWithToken({}, KEYS);
    expect(await job.step({ ...bed.inputs, awsCredentials: '' })).toMatchObject({ code: 0 });
    expect(oidc.requests).toEqual([]);
  });

  it('has the audience of its partition', async () => {
    const { oidc, job } = await jobWithToken();
    await job.step({ ...inputs(), awsRoleArn: CHINA, awsRegion: 'cn-north-1' });
    expect(oidc.requests).toEqual([{ audience: 'sts.amazonaws.com.cn', status: 200 }]);
    expect(lastToken()?.caller).toMatch(/^arn:aws-cn:sts::/);
  });

  it('is tried again when STS is busy', async () => {
    const busy = bed.ecr.fault({
      when: ({ action }) => action === 'AssumeRoleWithWebIdentity',
      answer: { status: 503, body: '<html>busy</html>' },
      times: 2,
    });
    const { job } = await jobWithToken();
    expect(await job.step(inputs())).toMatchObject({ code: 0 });
    expect(busy.hits()).toBe(2);
  });
});

describe('a token that is refused', () => {
  it('is shown by its subject, audience and issuer, with what has to trust them', async () => {
    const sub = 'repo:Org/app:pull_request';
    const { job } = await jobWithToken({ claims: { sub } });
    const begin = bed.ecr.requests.length;
    const result = await job.step(inputs());
    expect(result.code).toBe(1);
    expect(result.output).toContain('::error title=oidc-refused::');
    const [message = ''] = result.errors;
    for (const words of [
      `AWS does not let the OIDC token of this job assume ${OIDC_ROLE}: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
      `sub "${sub}", aud "sts.amazonaws.com", iss "https://token.actions.githubusercontent.com"`,
      '(AWS request ',
      `"token.actions.githubusercontent.com:sub": "${sub}"`,
      '"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"',
      `arn:aws:iam::${ACCOUNT.accountId}:oidc-provider/token.actions.githubusercontent.com`,
      'upper and lower case',
      '2026-07-15',
    ]) {
      expect(message).toContain(words);
    }
    expect(actionsSince(begin)).toEqual(['AssumeRoleWithWebIdentity']);
  });

  it('has ids in its subject in a younger repository', async () => {
    const { job } = await jobWithToken({ claims: { sub: IMMUTABLE } });
    const result = await job.step(inputs());
    expect(result.errors[0]).toContain(`"token.actions.githubusercontent.com:sub": "${IMMUTABLE}"`);
    expect(result.errors[0]).toContain('a policy with repo:org/repo:… does not fit');
  });

  it.each([
    ['the account does not know GitHub', UNKNOWN_PROVIDER, 'needs the identity provider'],
    ['the provider has another audience', OTHER_AUDIENCE, 'Add the audience sts.amazonaws.com'],
    ['the role is not there', `${OIDC_ROLE}-typo`, 'The role has to exist'],
  ])('because %s', async (_, awsRoleArn, words) => {
    const { job } = await jobWithToken();
    const result = await job.step({ ...inputs(), awsRoleArn });
    expect(result.output).toContain('::error title=oidc-refused::');
    expect(result.errors[0]).toContain(words);
  });
});

describe('a job without a token', () => {
  it.each([
    ['no variables', {}],
    ['blank variables', { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
  ])('is told what to add: %s', async (_, env) => {
    const job = await bed.job({ env: { RUNNER_ENVIRONMENT: 'github-hosted', ...env } });
    const begin = bed.ecr.requests.length;
    const result = await job.step(inputs());
    expect(result.code).toBe(1);
    expect(result.output).toContain('::error title=oidc-permission-missing::');
    expect(result.errors[0]).toContain(OIDC_ROLE);
    expect(result.errors[0]).toContain('permissions:\n  id-token: write\n  contents: read');
    expect(actionsSince(begin)).toEqual([]);
  });

  it('is told that GitHub gave none', async () => {
    const { oidc, job } = await jobWithToken({ failing: 403 });
    const result = await job.step(inputs());
    expect(result.output).toContain('::error title=oidc-token-missing::');
    expect(result.errors[0]).toContain('403');
    expect(oidc.requests).toHaveLength(1);
  });

  it('builds the pull request of a fork without pushing', async () => {
    const payload = { pull_request: { head: { repo: { full_name: 'stranger/app', fork: true } } } };
    const job = await bed.job({ event: { name: 'pull_request', ref: 'refs/pull/7/merge', payload } });
    const begin = bed.ecr.requests.length;
    expect((await job.step(inputs())).output).toContain('title=credentials-fork');
    expect(await job.step({ ...inputs(), push: 'false' })).toMatchObject({ code: 0 });
    expect(actionsSince(begin)).toEqual([]);
  });
});
