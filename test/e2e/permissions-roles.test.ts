import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { at, textAt } from '../../src/json.ts';
import { ACCOUNT, credentialsFile } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { type GithubOidc, startGithubOidc } from '../support/github-oidc.ts';
import { LEG_FILES } from '../support/legs.ts';
import { listed, policyAt, readPermissions, seen } from '../support/permissions.ts';
import { BUILD_ACCOUNT, limitedTo, OTHER_ACCOUNT } from '../support/permissions-bed.ts';
import { workflowWith } from '../support/workflows/documents.ts';

const permissions = await readPermissions();
const pushing = ['Token', 'Push', 'Cache', 'PushOptional'].map(permissions.statement);

const [ROLE = ''] = permissions.statement('AssumeRole').resources;
const HERE = { prefix: 'assumed', accountId: OTHER_ACCOUNT };
const ASSUMER = limitedTo('image-builder', policyAt([permissions.statement('AssumeRole')], HERE), BUILD_ACCOUNT);

const GITHUB = permissions.statement('TrustGitHub').json;
const provider = textAt(GITHUB, 'Principal', 'Federated')?.split('oidc-provider/')[1] ?? '';
const claim = (name: string) => textAt(GITHUB, 'Condition', 'StringEquals', `${provider}:${name}`) ?? '';
const WORKFLOW: unknown = parse(await workflowWith('awsRoleArn', 'docs/permissions.md'));
const given: Record<string, string> = Object(at(WORKFLOW, 'jobs', 'image', 'steps', '1', 'with'));

let bed: Bed;
let oidc: GithubOidc;
beforeAll(async () => {
  oidc = await startGithubOidc({ claims: { sub: 'repo:org/app:ref:refs/heads/main' } });
  bed = await startBed(inject('toolchain'), {
    accounts: [ACCOUNT, ASSUMER],
    repositories: [{ name: 'assumed/nginx', accountId: OTHER_ACCOUNT }, { name: 'oidc/nginx' }],
    roles: [
      { arn: ROLE, trustedAccounts: [BUILD_ACCOUNT], policy: policyAt(pushing, HERE) },
      {
        arn: given.awsRoleArn ?? '',
        webIdentity: { subject: claim('sub'), audience: claim('aud'), issuer: `https://${provider}` },
        policy: policyAt(pushing, { prefix: 'oidc' }),
      },
    ],
  });
});
afterAll(async () => {
  await bed.close();
  await oidc.close();
});

/** What a step with a role has asked for, by who has asked. */
async function actionsOf(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const begin = bed.ecr.requests.length;
  const job = await bed.job({ files: LEG_FILES, env });
  const result = await job.step({ ...bed.inputs, ...inputs });
  await bed.endJobs();
  expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  const requests = bed.ecr.requests.slice(begin);
  const isRole = ({ caller = '' }: { readonly caller: string | undefined }) =>
    /:assumed-role\/push-images\//.test(caller);
  return { byRole: seen(requests.filter(isRole)), byOthers: seen(requests.filter((request) => !isRole(request))) };
}

describe('a role of docs/permissions.md', () => {
  it('is assumed by an identity that may do nothing else, and pushes with the cache', async () => {
    const awsCredentials = credentialsFile({ default: ASSUMER });
    const imageShortName = 'assumed/nginx';
    await actionsOf({ awsCredentials, awsRoleArn: ROLE, imageShortName });
    const { byRole, byOthers } = await actionsOf({ awsCredentials, awsRoleArn: ROLE, imageShortName, imageTag: 'v2' });
    expect(byOthers).toEqual([`sts:AssumeRole ${ROLE}`]);
    expect(byRole).toEqual(listed(pushing, HERE));
    expect(textAt(permissions.statement('TrustIdentity').json, 'Principal', 'AWS')).toBe(
      `arn:aws:iam::${ASSUMER.accountId}:user/${ASSUMER.user}`,
    );
  });

  it('is assumed with the token of the job, as its workflow says', async () => {
    const inputs = { ...given, imageShortName: `oidc/${given.imageShortName}`, awsCredentials: '' };
    await actionsOf(inputs, oidc.variables);
    const { byRole, byOthers } = await actionsOf({ ...inputs, imageTag: 'v2' }, oidc.variables);
    expect(byOthers).toEqual([`${permissions.statement('TrustGitHub').actions} ${given.awsRoleArn}`]);
    expect(byRole).toEqual(listed(pushing, { prefix: 'oidc' }));
    expect(oidc.requests.map(({ audience }) => audience)).toEqual([claim('aud'), claim('aud')]);
    expect(at(WORKFLOW, 'permissions')).toEqual({ 'id-token': 'write', contents: 'read' });
  });
});
