import { describe, expect, it } from 'vitest';
import { checkProfile } from '../../../src/aws/credentials-file.ts';
import { KEYS } from '../job.ts';

const ROLE = 'role_arn = arn:aws:iam::123456789012:role/deploy\n';

function check(text: string, profile = 'default', fromWorkspace = false) {
  return checkProfile({ text, profile, fromWorkspace });
}

describe('a profile', () => {
  it.each([
    ['with keys', `[default]\n${KEYS}`, 'default'],
    ['after others', `[default]\n${KEYS}[ci]\n${KEYS}`, 'ci'],
    ['of a configuration file', `[profile ci]\n${KEYS}`, 'ci'],
    ['after a BOM', `\uFEFF[default]\n${KEYS}`, 'default'],
    ['with CRLF', `[default]\n${KEYS}`.replaceAll('\n', '\r\n'), 'default'],
    ['without a line break at the end', `[default]\n${KEYS}`.trim(), 'default'],
    ['without blanks around the "="', `[default]\n${KEYS.replaceAll(' = ', '=')}`, 'default'],
    ['with blank lines and indentation', `\n\n  [default]\n\n${KEYS.replaceAll('aws_', '  aws_')}`, 'default'],
    ['with comments', `# one\n; two\n[default] # three\n${KEYS}# four\nregion = eu-west-1 ; five\n`, 'default'],
    [
      'with a "#" and a "=" inside of a value',
      '[default]\naws_access_key_id = FAKE\naws_secret_access_key = a#b=c;d',
      'default',
    ],
    ['with dots, dashes and slashes in its name', `[team/ci-1.x@y]\n${KEYS}`, 'team/ci-1.x@y'],
    ['with a session token', `[default]\n${KEYS}aws_session_token = fake-token==\n`, 'default'],
    ['with a program', '[default]\ncredential_process = /fake/program "with quotes"\n', 'default'],
    ['with a role of another profile', `[ci]\n${ROLE}source_profile = default\n[default]\n${KEYS}`, 'ci'],
    ['with a role of a role', `[a]\n${ROLE}source_profile = b\n[b]\n${ROLE}source_profile = c\n[c]\n${KEYS}`, 'a'],
    ['with a role of its own keys', `[ci]\n${ROLE}source_profile = ci\n${KEYS}`, 'ci'],
    ['with a role of the environment', `[ci]\n${ROLE}credential_source = Environment\n`, 'ci'],
    ['with a role of a web identity', `[ci]\n${ROLE}web_identity_token_file = /fake/token\n`, 'ci'],
    ['beside a broken one', `[broken]\naws_access_key_id = FAKE\n[default]\n${KEYS}`, 'default'],
  ])('%s', async (_, text, profile) => {
    expect(await check(text, profile)).toEqual({
      name: profile,
      text,
      region: text.includes('region') ? 'eu-west-1' : undefined,
    });
  });

  it.each([
    ['its own', `[default]\n${KEYS}region = eu-west-1\n[ci]\n${KEYS}region = eu-west-2\n`, 'eu-west-2'],
    ['none, also when the default one has it', `[default]\n${KEYS}region = eu-west-1\n[ci]\n${KEYS}`, undefined],
    [
      'its own before that of the source',
      `[ci]\n${ROLE}source_profile = s\nregion = eu-west-2\n[s]\n${KEYS}region = eu-west-3\n`,
      'eu-west-2',
    ],
  ])('has the region: %s', async (_, text, region) => {
    expect((await check(text, 'ci')).region).toBe(region);
  });

  it('of one text is not found in the next one', async () => {
    await check(`[first]\n${KEYS}`, 'first');
    await expect(check(`[second]\n${KEYS}`, 'first')).rejects.toMatchObject({ code: 'credentials-profile-unknown' });
  });

  it('is not looked for in the files of the runner', async () => {
    await expect(check('', 'default')).rejects.toMatchObject({ code: 'credentials-file-empty' });
  });
});

describe('a program', () => {
  const PROCESS = 'credential_process = /fake/program --secret fake-secret\n';
  it.each([
    ['of the profile', `[default]\n${PROCESS}`],
    ['of the source', `[default]\n${ROLE}source_profile = s\n[s]\n${PROCESS}`],
  ])('is not run from the workspace: %s', async (_, text) => {
    const refusal = check(text, 'default', true);
    await expect(refusal).rejects.toMatchObject({
      code: 'credentials-process-refused',
      message:
        'awsCredentials: profile "default" runs a program (credential_process), and the file is part of the workspace.',
    });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining('fake-secret') });
  });

  it('of another profile does not matter', async () => {
    expect((await check(`[default]\n${KEYS}[other]\n${PROCESS}`, 'default', true)).name).toBe('default');
  });
});
