import { describe, expect, it } from 'vitest';
import { secretsIn } from '../../../src/aws/credentials-file.ts';
import { CREDENTIALS, SECRET } from '../job.ts';

describe('what must not be shown', () => {
  it.each([
    ['a secret', CREDENTIALS, [SECRET]],
    ['a secret with CRLF', CREDENTIALS.replaceAll('\n', '\r\n'), [SECRET]],
    ['a secret without blanks', `aws_secret_access_key=${SECRET}`, [SECRET]],
    ['a secret after blanks and tabs', `\taws_secret_access_key \t=\t ${SECRET} \t`, [SECRET]],
    ['a secret in upper case', `AWS_SECRET_ACCESS_KEY = ${SECRET}`, [SECRET]],
    ['a secret outside of a section', `aws_secret_access_key = ${SECRET}\n[default]\n`, [SECRET]],
    ['a secret with equals signs', 'aws_secret_access_key = fake==', ['fake==']],
    ['a token', 'aws_session_token = fake-token', ['fake-token']],
    ['a token by its old name', 'aws_security_token = fake-token', ['fake-token']],
    ['the same secret twice, once', `${CREDENTIALS}[ci]\n${CREDENTIALS}`, [SECRET]],
    [
      'all of several profiles',
      'aws_secret_access_key = a1\n[b]\naws_secret_access_key = b1\naws_session_token = b2',
      ['a1', 'b1', 'b2'],
    ],
    ['a secret with and without its quotes', 'aws_secret_access_key = "fake"', ['"fake"', 'fake']],
    ['a secret with and without its apostrophes', "aws_secret_access_key = 'fake'", ["'fake'", 'fake']],
  ])('%s', (_, text, secrets) => {
    expect(secretsIn(text)).toEqual(secrets);
  });

  it.each(['fake # the old one', 'fake ; the old one', 'fake\t# the old one'])(
    'a secret before a comment: %j',
    (value) => {
      expect(secretsIn(`[default]\naws_secret_access_key = ${value}\n`)).toContain('fake');
    },
  );
});

describe('what has to stay readable', () => {
  it.each([
    ['a key id', 'aws_access_key_id = AKIAEXAMPLE00000FAKE'],
    ['a region', 'region = eu-west-1'],
    ['an account', 'sso_account_id = 123456789012'],
    ['a role', 'role_arn = arn:aws:iam::123456789012:role/deploy'],
    ['the path of a token', 'web_identity_token_file = /fake/token'],
    ['a section', '[secret]'],
    ['nothing', ''],
    ['a secret without a value', 'aws_secret_access_key =\nregion = eu-west-1'],
    ['a secret of blanks', 'aws_secret_access_key =  \t \nregion = eu-west-1'],
  ])('%s', (_, text) => {
    expect(secretsIn(text)).toEqual([]);
  });
});
