import { describe, expect, it } from 'vitest';
import { explainTokenRefusal, hasOidcToken, readClaims } from '../../../src/aws/oidc.ts';

const ROLE = 'arn:aws:iam::123456789012:role/ci';
const ISSUER = 'https://token.actions.githubusercontent.com';

function tokenOf(claims: object): string {
  return ['{}', JSON.stringify(claims), 'fake'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

describe('the claims of a token', () => {
  it.each([
    ['all', { sub: 'repo:o/r:x', aud: 'a', iss: ISSUER }, { sub: 'repo:o/r:x', aud: 'a', iss: ISSUER }],
    ['several audiences', { sub: 's', aud: ['a', 'b'], iss: 'i' }, { sub: 's', aud: 'a', iss: 'i' }],
    [
      'letters beyond ASCII',
      { sub: 'environment:Prüfung' },
      { sub: 'environment:Prüfung', aud: undefined, iss: undefined },
    ],
    ['none', {}, { sub: undefined, aud: undefined, iss: undefined }],
    ['of other types', { sub: 1, aud: {}, iss: [] }, { sub: undefined, aud: undefined, iss: undefined }],
  ])('%s', (_, claims, expected) => {
    expect(readClaims(tokenOf(claims))).toEqual(expected);
  });

  it.each(['', 'fake', 'fake.fake.fake', '..', 'a.b'])('of %j are unknown', (token) => {
    expect(readClaims(token)).toBeUndefined();
  });
});

describe('a refusal', () => {
  const refuse = (claims: object, said = 'Not authorized to perform sts:AssumeRoleWithWebIdentity', role = ROLE) =>
    explainTokenRefusal({ said, role, token: tokenOf(claims), source: 'the OIDC token of this job' });

  it('shows a condition that is JSON, with the very values', () => {
    const sub = 'repo:Org/app:environment:"prod"';
    const { message, hint } = refuse({ sub, aud: 'sts.amazonaws.com', iss: ISSUER });
    const condition: unknown = JSON.parse(`{${/"Condition"[\s\S]*\n}/.exec(hint)?.[0]}}`);
    expect(condition).toEqual({
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': sub,
        },
      },
    });
    expect(message).toContain(JSON.stringify(sub));
  });

  it.each([
    ['repo:org@1/repo@2:ref:refs/heads/main', 'does not fit'],
    ['repo:org/repo:ref:refs/heads/main', 'older ones one without'],
    ['repo:org/repo@2:ref:refs/heads/a', 'older ones one without'],
    ['', 'older ones one without'],
  ])('knows the form of the subject %s', (sub, words) => {
    expect(refuse({ sub, aud: 'a', iss: ISSUER }).hint).toContain(words);
  });

  it('names the provider in its partition, also that of a GitHub server', () => {
    const claims = { sub: 's', aud: 'a', iss: 'https://github.example.com/_services/token' };
    const { hint } = refuse(claims, 'no', 'arn:aws-us-gov:iam::123456789012:role/ci');
    expect(hint).toContain('arn:aws-us-gov:iam::123456789012:oidc-provider/github.example.com/_services/token');
    expect(hint).toContain('"github.example.com/_services/token:aud": "a"');
  });

  it.each([
    ['No OpenIDConnect provider found in your account for https://x', 'needs the identity provider'],
    ['Incorrect token audience', 'Add the audience a '],
  ])('knows %s', (said, words) => {
    expect(refuse({ sub: 's', aud: 'a', iss: ISSUER }, said).hint).toContain(words);
  });
});

describe('a token may be asked for', () => {
  const BOTH = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://fake', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'fake' };
  it.each([
    [true, BOTH],
    [false, { ...BOTH, ACTIONS_ID_TOKEN_REQUEST_URL: '' }],
    [false, { ...BOTH, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined }],
    [false, {}],
  ])('%s: %j', (expected, env) => {
    expect(hasOidcToken(env)).toBe(expected);
  });
});
