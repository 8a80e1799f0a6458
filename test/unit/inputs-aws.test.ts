import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { CREDENTIALS, KEYS, makeDirectory, read, SECRET } from './job.ts';

const DOCKERFILE = { Dockerfile: 'FROM scratch\n' };
const GOOD = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1' };
const PROCESS = '[default]\ncredential_process = /fake/program\n';
const TWO = `[default]
${KEYS}[ci]
aws_access_key_id = ASIAEXAMPLE00000FAKE
aws_secret_access_key = fake/other=secret
aws_session_token = fake-token==
region = eu-west-1
`;

describe('where the credentials come from', () => {
  it.each([
    ['a file of the workspace', 'aws/credentials'],
    ['a file of the workspace, the long way', './aws/../aws/credentials'],
  ])('%s', async (_, awsCredentials) => {
    const workspace = await makeDirectory({ ...DOCKERFILE, 'aws/credentials': `\uFEFF${CREDENTIALS}` });
    const { aws } = await read({ workspace, with: { ...GOOD, awsCredentials } });
    expect(aws?.profile).toEqual({ name: 'default', text: CREDENTIALS, region: undefined });
  });

  it('a file anywhere, by its absolute path', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const elsewhere = await makeDirectory({ credentials: TWO });
    const given = { ...GOOD, awsCredentials: join(elsewhere, 'credentials'), awsProfile: 'ci' };
    expect((await read({ workspace, with: given })).aws?.profile).toEqual({
      name: 'ci',
      text: TWO,
      region: 'eu-west-1',
    });
  });

  it('the chain of the SDK when nothing is given', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    expect((await read({ workspace, with: { ...GOOD, awsProfile: 'ci' } })).aws?.profile).toBeUndefined();
  });

  it.each([
    ['', 'credentials-file-empty'],
    ['\n\n', 'credentials-file-empty'],
    ['aws_access_key_id = AKIAEXAMPLE00000FAKE', 'credentials-file-empty'],
    ['[ci]\nregion = eu-west-1\n', 'credentials-profile-unknown'],
  ])('not a file with %j', async (text, code) => {
    const workspace = await makeDirectory({ ...DOCKERFILE, credentials: text });
    expect((await problemOf(() => read({ workspace, with: { ...GOOD, awsCredentials: 'credentials' } }))).code).toBe(
      code,
    );
  });
});

describe('a secret that was pasted as awsCredentials', () => {
  it.each([
    ['a secret key', SECRET],
    ['a key id', 'AKIAEXAMPLE00000FAKE'],
    ['something that looks absolute', '/fake/secret+key=NOT-REAL'],
    ['something that looks relative', '../fake/../../secret'],
    ['JSON in one line', '{"SecretAccessKey":"fake-secret"}'],
    ['something long', 'fake'.repeat(2000)],
    ['several lines', 'AKIAEXAMPLE00000FAKE\nfake-secret-line'],
    ['keys without a section', KEYS],
    ['JSON in several lines', '{\n  "SecretAccessKey": "fake-secret"\n}'],
  ])('is not shown: %s', async (_, awsCredentials) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const problem = await problemOf(() => read({ workspace, with: { ...GOOD, awsCredentials } }));
    expect(problem.code).toMatch(/^credentials-file-(?:missing|empty)$/);
    expect(problem.message).toMatch(/^awsCredentials: /);
    for (const line of awsCredentials.split('\n').filter((text) => text.length > 1)) {
      expect(JSON.stringify(problem)).not.toContain(line);
    }
  });
});

describe('secrets', () => {
  const ALL = [SECRET, 'fake/other=secret', 'fake-token=='];
  it.each([
    ['of all profiles of a text', { awsCredentials: TWO }],
    ['of all profiles of a file', { awsCredentials: 'credentials' }],
    ['also when the profile is unknown', { awsCredentials: TWO, awsProfile: 'staging' }],
    ['also when another input is bad', { awsCredentials: TWO, imageShortName: 'Nginx' }],
  ])('are masked %s', async (_, given) => {
    const workspace = await makeDirectory({ ...DOCKERFILE, credentials: TWO });
    const masked: string[] = [];
    const step = { workspace, with: { ...GOOD, ...given }, mask: (secret: string) => masked.push(secret) };
    await read(step).catch(() => undefined);
    expect(masked).toEqual(ALL);
  });

  it('are not asked for where there are none', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const masked: string[] = [];
    await read({ workspace, with: GOOD, mask: (secret) => masked.push(secret) });
    expect(masked).toEqual([]);
  });
});

describe('a role', () => {
  const ROLE = { awsRoleArn: 'arn:aws:iam::123456789012:role/ci' };
  const FORK = { fromFork: true };
  const readRole = async (given: Readonly<Record<string, string>>, more: Partial<Parameters<typeof read>[0]> = {}) => {
    const workspace = await makeDirectory(DOCKERFILE);
    return (await read({ workspace, with: { ...GOOD, ...given }, ...more })).aws?.role;
  };

  it.each([
    ['nothing', {}, {}, undefined],
    ['an ARN', ROLE, {}, { arn: ROLE.awsRoleArn, sessionName: 'buildkit-aws', externalId: undefined }],
    [
      'an ARN, in a run',
      ROLE,
      { GITHUB_RUN_ID: '170012' },
      { arn: ROLE.awsRoleArn, sessionName: 'buildkit-aws-170012', externalId: undefined },
    ],
    [
      'all of it',
      { ...ROLE, awsRoleSessionName: 'release', awsExternalId: 'fake-id' },
      { GITHUB_RUN_ID: '170012' },
      { arn: ROLE.awsRoleArn, sessionName: 'release', externalId: 'fake-id' },
    ],
    ['blank values', { awsRoleArn: ' ', awsRoleSessionName: '', awsExternalId: '' }, {}, undefined],
  ])('is read from %s', async (_, given, env, role) => {
    expect(await readRole(given, { env })).toEqual(role);
  });

  it.each([
    ['the session', { awsRoleSessionName: 'ci' }, 'awsRoleSessionName'],
    ['the external id', { awsExternalId: 'fake-id' }, 'awsExternalId'],
  ])('is missed beside %s', async (_, given, input) => {
    expect(await problemOf(() => readRole(given))).toMatchObject({
      code: 'role-malformed',
      message: `${input}: there is no awsRoleArn that it could belong to.`,
    });
  });

  it('makes a step without a push ask AWS', async () => {
    expect(await readRole({ ...ROLE, push: 'false' })).toMatchObject({ arn: ROLE.awsRoleArn });
    expect(await readRole({ push: 'false' })).toBeUndefined();
  });

  it('does not help the pull request of a fork, which gets no token either', async () => {
    expect((await problemOf(() => readRole(ROLE, { event: FORK }))).code).toBe('credentials-fork');
    expect(await readRole({ ...ROLE, push: 'false' }, { event: FORK })).toBeUndefined();
    const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE00000FAKE' };
    expect(await readRole({ ...ROLE, push: 'false' }, { event: FORK, env })).toMatchObject({ arn: ROLE.awsRoleArn });
  });
});

describe('what else is looked at', () => {
  it('is the password of a proxy, which is masked', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const masked: string[] = [];
    const env = { HTTPS_PROXY: 'http://user:fake-password@proxy.example' };
    await read({ workspace, with: { ...GOOD, push: 'false' }, env, mask: (secret) => masked.push(secret) });
    expect(masked).toEqual(['fake-password']);
  });

  it('is the address of an API, where one is asked', async () => {
    const workspace = await makeDirectory(DOCKERFILE);
    const env = { AWS_ENDPOINT_URL: 'localhost' };
    expect((await problemOf(() => read({ workspace, with: GOOD, env }))).code).toBe('endpoint-malformed');
    expect((await read({ workspace, with: { ...GOOD, push: 'false' }, env })).aws).toBeUndefined();
  });
});

describe('credential_process', () => {
  it.each([
    ['from a text', async () => PROCESS],
    [
      'from a file outside of the workspace',
      async () => join(await makeDirectory({ credentials: PROCESS }), 'credentials'),
    ],
  ])('may run %s', async (_, make) => {
    const workspace = await makeDirectory(DOCKERFILE);
    const { aws } = await read({ workspace, with: { ...GOOD, awsCredentials: await make() } });
    expect(aws?.profile?.text.trim()).toBe(PROCESS.trim());
  });

  it.each([
    ['relative', () => 'aws/credentials'],
    ['absolute', (workspace: string) => join(workspace, 'aws/credentials')],
    ['through a link', () => 'link'],
  ])('may not run from a file of the workspace: %s', async (_, awsCredentials) => {
    const workspace = await makeDirectory({ ...DOCKERFILE, 'aws/credentials': PROCESS });
    await symlink('aws/credentials', join(workspace, 'link'));
    const given = { ...GOOD, awsCredentials: awsCredentials(workspace) };
    expect((await problemOf(() => read({ workspace, with: given }))).code).toBe('credentials-process-refused');
  });

  it('may not run from a file of a workspace that is a link', async () => {
    const real = await makeDirectory({ ...DOCKERFILE, 'aws/credentials': PROCESS });
    const workspace = join(await makeDirectory(), 'workspace');
    await symlink(real, workspace);
    const given = { ...GOOD, awsCredentials: 'aws/credentials' };
    expect((await problemOf(() => read({ workspace, with: given }))).code).toBe('credentials-process-refused');
  });

  it('is looked for in a workspace that is not there, too', async () => {
    const place = await makeDirectory({ credentials: CREDENTIALS });
    const given = { ...GOOD, awsCredentials: join(place, 'credentials') };
    expect((await problemOf(() => read({ workspace: join(place, 'gone'), with: given }))).code).toBe('context-missing');
  });

  it('may run from a directory whose name only begins like the workspace', async () => {
    const place = await makeDirectory({ 'work/Dockerfile': 'FROM scratch\n', 'work-secrets/credentials': PROCESS });
    const given = { ...GOOD, awsCredentials: join(place, 'work-secrets/credentials') };
    const { aws } = await read({ workspace: join(place, 'work'), with: given });
    expect(aws?.profile?.name).toBe('default');
  });
});
