import { describe, expect, it } from 'vitest';
import { at, textAt } from '../../src/json.ts';
import { ACCOUNT, REGION } from '../support/account.ts';
import { readPermissions, type Statement, statementsOf } from '../support/permissions.ts';
import { readTemplate, type Values } from '../support/permissions-template.ts';
import { readText } from '../support/workflows/documents.ts';

const PATH = 'examples/iam/github-oidc-role.yaml';
const permissions = await readPermissions();
const template = await readTemplate(PATH);

const SUBJECT = 'repo:org/app:ref:refs/heads/main';
/** What CloudFormation knows by itself, and the parameters without a default. */
const VALUES: Values = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT.accountId,
  'AWS::Region': REGION,
  Subjects: [SUBJECT],
  Provider: 'exists',
};
const EVERYTHING: Values = {
  ...VALUES,
  CacheRepository: 'cache',
  BaseRepository: 'base',
  CreateRepository: 'true',
  ScanFailOn: 'true',
  Public: 'true',
};

/** Statements of the document that the role does not get. */
const NOT_OF_THE_ROLE: Readonly<Record<string, string>> = {
  PublicCreate: 'a public repository is mostly made by hand, with the texts that people read',
  TemplateOptional: 'only for who has templates, and spares a warning then',
  CacheRead: 'instead of Push, for Access: read',
  IfTagExists: 'a part of Push',
  Merge: 'a part of Push and Cache',
  MergeOptional: 'the same as PushOptional',
  PublicMerge: 'a part of PublicPush',
  PullThrough: 'is better allowed by the policy of the registry, once for all who pull',
  AssumeRole: 'of who assumes a role without a token of GitHub',
  TrustIdentity: 'of a role that is assumed without a token of GitHub',
  TrustGitHub: 'its trust policy, below',
  PushFromBuildAccount: 'the policy of a repository',
};

function statementsWith(values: Values): Statement[] {
  return statementsOf(at(template.resources(values), 'Role', 'Properties', 'Policies', '0', 'PolicyDocument'));
}

const sidsOf = (values: Values) => statementsWith(values).map(({ sid }) => sid);

describe('the role of the template', () => {
  it('has the statements of the document, each as it is there', () => {
    const all = [...statementsWith(EVERYTHING), ...statementsWith({ ...VALUES, Access: 'read' })];
    expect(all.map(({ json }) => json)).toEqual(all.map(({ sid }) => permissions.statement(sid).json));
  });

  it('can have all that a step may need', () => {
    const others = permissions.statements.map(({ sid }) => sid).filter((sid) => !sidsOf(EVERYTHING).includes(sid));
    expect(others.sort()).toEqual(Object.keys(NOT_OF_THE_ROLE).sort());
  });

  it('has no more than what is switched on', () => {
    const pushing = ['Token', 'Push', 'PushOptional'];
    expect(sidsOf(VALUES)).toEqual([...pushing, 'Cache']);
    const only = (values: Values) => sidsOf({ ...VALUES, Cache: 'false', ...values });
    expect(only({})).toEqual(pushing);
    expect(only({ CacheRepository: 'cache' })).toEqual([...pushing, 'CacheElsewhere', 'CacheElsewhereOptional']);
    expect(only({ BaseRepository: 'base' })).toEqual([...pushing, 'BaseImage']);
    expect(only({ CreateRepository: 'true' })).toEqual([
      ...pushing,
      'CreateRepository',
      'RepositorySettings',
      'CreateRepositoryOptional',
    ]);
    expect(only({ ScanFailOn: 'true' })).toEqual([...pushing, 'ScanFailOn', 'ScanStart']);
    expect(only({ Public: 'true' })).toEqual([...pushing, 'PublicToken', 'PublicPush']);
  });

  it('may only read with Access: read, whatever else is switched on', () => {
    expect(sidsOf({ ...EVERYTHING, Access: 'read' })).toEqual(['Token', 'CacheRead', 'BaseImage']);
  });

  it.each([
    ['has the trust policy of the document', 'aws', 'sts.amazonaws.com'],
    ['trusts the audience of China there', 'aws-cn', 'sts.amazonaws.com.cn'],
  ])('%s', (_, partition, audience) => {
    const resources = template.resources({ ...VALUES, 'AWS::Partition': partition });
    const [trust] = statementsOf(at(resources, 'Role', 'Properties', 'AssumeRolePolicyDocument'));
    const text = JSON.stringify(permissions.statement('TrustGitHub').json)
      .replace('"arn:aws:', `"arn:${partition}:`)
      .replace('"sts.amazonaws.com"', `"${audience}"`)
      // A list, because several can be given.
      .replace(`"${SUBJECT}"`, `["${SUBJECT}"]`);
    expect(trust?.json).toEqual(JSON.parse(text));
  });
});

describe('the provider of the template', () => {
  it('is what the trust policy of the document names', () => {
    const resources = template.resources({ ...VALUES, Provider: 'create', GitHub: 'arn of the provider' });
    const url = textAt(resources, 'GitHub', 'Properties', 'Url') ?? '';
    expect(permissions.statement('TrustGitHub').json).toMatchObject({
      Principal: { Federated: expect.stringContaining(`:oidc-provider/${url.replace('https://', '')}`) },
    });
    expect(at(resources, 'GitHub', 'Properties', 'ClientIdList')).toEqual(['sts.amazonaws.com']);
    const [trust] = statementsOf(at(resources, 'Role', 'Properties', 'AssumeRolePolicyDocument'));
    expect(trust?.json).toMatchObject({ Principal: { Federated: 'arn of the provider' } });
  });
});

it('the command of the document gives parameters that there are', async () => {
  const document = await readText('docs/permissions.md');
  const command = document.match(/--parameter-overrides (.*?) \\/)?.[1] ?? '';
  const given = command.split(' ').map((word) => word.split('=')[0]);
  expect(template.parameters).toEqual(expect.arrayContaining(given));
  expect(given).toEqual(expect.arrayContaining(['Subjects', 'Provider']));
  expect(command).toContain(`Subjects=${SUBJECT}`);
  expect(document).toContain(`--template-file ${PATH}`);
});
