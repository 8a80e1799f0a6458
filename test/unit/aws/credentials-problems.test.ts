import { describe, expect, it } from 'vitest';
import { checkProfile } from '../../../src/aws/credentials-file.ts';
import { problemOf } from '../failures.ts';
import { KEYS, SECRET } from '../job.ts';

const ROLE = 'role_arn = arn:aws:iam::123456789012:role/deploy\n';
const ID = 'aws_access_key_id = AKIAEXAMPLE00000FAKE\n';
const KEY = `aws_secret_access_key = ${SECRET}\n`;

function problemIn(text: string, profile = 'default') {
  return problemOf(() => checkProfile({ text, profile, fromWorkspace: false }));
}

describe('a file without profiles', () => {
  it.each([
    ['nothing', ''],
    ['blank lines', '\n \n'],
    ['comments', '# [default]\n# a = b\n'],
    ['keys without a section', KEYS],
    ['a section without keys', '[default]\n'],
    ['colons for equals signs', '[default]\naws_access_key_id: FAKE\naws_secret_access_key: fake-secret\n'],
    ['JSON', `{"aws_secret_access_key": "${SECRET}"}`],
  ])('%s', async (_, text) => {
    const problem = await problemIn(text);
    expect(problem).toEqual({
      code: 'credentials-file-empty',
      message: 'awsCredentials: no profile with a key was found in the text.',
      hint: expect.stringContaining('[default]'),
    });
  });

  it.each(['[__proto__]', '[profile __proto__]'])('%s is refused', async (section) => {
    expect((await problemIn(`${section}\n${KEYS}`)).code).toBe('credentials-file-empty');
  });
});

describe('a profile that is not there', () => {
  it.each([
    ['two others', `[a]\n${KEYS}[b]\n${KEYS}`, ['a', 'b']],
    ['one that has the form of a configuration file', `[default]\n${KEYS}[profile ci]\n${KEYS}`, ['ci', 'default']],
    ['a section that is none', `[sso-session x]\nsso_region = eu-west-1\n[default]\n${KEYS}`, ['default']],
  ])('beside %s', async (_, text, names) => {
    const { code, message, hint } = await problemIn(text, 'staging');
    const [, shown = ''] = message.split('Profiles in it: ');
    expect(code).toBe('credentials-profile-unknown');
    expect(message).toContain('awsProfile: there is no usable profile "staging" in awsCredentials.');
    expect(shown.replace(/\.$/, '').split(', ').toSorted()).toEqual(names);
    expect(hint).toBe('Give one of these as awsProfile, or add the profile to the file.');
  });

  it.each(['constructor', 'toString', '__proto__'])('%s is no profile either', async (profile) => {
    expect((await problemIn(`[default]\n${KEYS}`, profile)).code).toBe('credentials-profile-unknown');
  });

  it.each([
    ['upper case', `[CI]\n${KEYS}`, 'The section [CI] is spelled differently: write it as [ci]'],
    ['blanks inside', `[ ci ]\n${KEYS}`, 'The section [ ci ] is spelled differently: write it as [ci]'],
    ['quotes', `["ci"]\n${KEYS}`, 'The section ["ci"] is spelled differently: write it as [ci]'],
    ['no keys', `[default]\n${KEYS}[ci]\n`, 'The section [ci] has no line of the form name = value.'],
    [
      'a key without a value',
      `[default]\n${KEYS}[ci]\naws_access_key_id\n`,
      'The section [ci] has no line of the form name = value.',
    ],
  ])('has %s', async (_, text, hint) => {
    const problem = await problemIn(text, 'ci');
    expect(problem.code).toBe('credentials-profile-unknown');
    expect(problem.hint).toContain(hint);
    expect(JSON.stringify(problem)).not.toContain(SECRET);
  });

  it('is named with the profile that asks for it', async () => {
    const { code, message } = await problemIn(`[ci]\n${ROLE}source_profile = base\n`, 'ci');
    expect(code).toBe('credentials-profile-unknown');
    expect(message).toBe(
      'awsProfile: source_profile of "ci": there is no usable profile "base" in awsCredentials. Profiles in it: ci.',
    );
  });
});

describe('a profile that cannot be used', () => {
  const QUOTED = 'stands in quotes, which count as part of it';
  it.each([
    ['no secret', ID, 'it has no aws_secret_access_key'],
    ['no key id', KEY, 'it has no aws_access_key_id'],
    ['neither', 'region = eu-west-1\n', 'it has no aws_access_key_id and no aws_secret_access_key'],
    ['a blank secret', `${ID}aws_secret_access_key =\n`, 'it has no aws_secret_access_key'],
    [
      'upper case',
      `AWS_ACCESS_KEY_ID = FAKE\n${KEY}`,
      'it has no aws_access_key_id (AWS_ACCESS_KEY_ID must be in lower case)',
    ],
    ['double quotes', `${ID}aws_secret_access_key = "${SECRET}"\n`, `aws_secret_access_key ${QUOTED}`],
    ['single quotes', `${KEY}aws_access_key_id = 'FAKE'\n`, `aws_access_key_id ${QUOTED}`],
    ['a blank inside', `${ID}aws_secret_access_key = fake secret\n`, 'aws_secret_access_key holds white space'],
    [
      'a role without a source',
      ROLE,
      'it has role_arn, but neither source_profile, credential_source nor web_identity_token_file',
    ],
    [
      'a role with a code',
      `${ROLE}source_profile = default\nmfa_serial = arn:aws:iam::123456789012:mfa/x\n`,
      'mfa_serial asks for a code that nobody can type in a workflow',
    ],
    [
      'a web identity without a role',
      'web_identity_token_file = /fake/token\n',
      'it has no aws_access_key_id and no aws_secret_access_key',
    ],
    [
      'sign-in by a browser',
      'sso_session = x\nsso_account_id = 123456789012\n',
      'it has no aws_access_key_id and no aws_secret_access_key',
    ],
  ])('for %s', async (_, keys, reason) => {
    const problem = await problemIn(`[default]\n${keys}`);
    expect(problem).toMatchObject({
      code: 'credentials-profile-incomplete',
      message: `awsCredentials: profile "default" cannot be used: ${reason}.`,
    });
    expect(JSON.stringify(problem)).not.toContain(SECRET);
  });

  it('for a source of credentials without a role', async () => {
    expect((await problemIn('[default]\ncredential_source = Environment\n')).code).toBe(
      'credentials-profile-incomplete',
    );
  });

  it('for its source', async () => {
    const { code, message } = await problemIn(`[ci]\n${ROLE}source_profile = base\n[base]\n${ID}`, 'ci');
    expect(code).toBe('credentials-profile-incomplete');
    expect(message).toContain('profile "base" cannot be used: it has no aws_secret_access_key');
  });

  it.each([
    ['itself', `[ci]\n${ROLE}source_profile = ci\n`],
    ['itself, with a program', `[ci]\n${ROLE}source_profile = ci\ncredential_process = /fake/program\n`],
    ['each other', `[ci]\n${ROLE}source_profile = b\n[b]\n${ROLE}source_profile = ci\n`],
  ])('for sources that are %s', async (_, text) => {
    const { code, message } = await problemIn(text, 'ci');
    expect(code).toBe('credentials-profile-incomplete');
    expect(message).toContain('source_profile');
  });
});
