import { getIDToken } from '@actions/core';
import { afterEach, expect, test, vi } from 'vitest';
import { parseJson } from '../../../src/json.ts';
import { GITHUB_ISSUER, type GithubOidcOptions, startGithubOidc } from '../../support/github-oidc.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a step of a job gets that has this service. */
async function tokenOf(audience: string | undefined, options: GithubOidcOptions = {}) {
  const oidc = await startGithubOidc(options);
  // The toolkit prints a command that masks the token.
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    for (const [name, value] of Object.entries(oidc.variables)) {
      vi.stubEnv(name, value);
    }
    const token = await getIDToken(audience);
    const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return { claims, requests: oidc.requests };
  } finally {
    output.mockRestore();
    await oidc.close();
  }
}

test("gives GitHub's toolkit a token for the audience that it asks for", async () => {
  const { claims, requests } = await tokenOf('sts.amazonaws.com');
  expect(claims).toMatchObject({
    aud: 'sts.amazonaws.com',
    iss: GITHUB_ISSUER,
    sub: 'repo:org/app:ref:refs/heads/main',
    exp: expect.any(Number),
  });
  expect(requests).toEqual([{ audience: 'sts.amazonaws.com', status: 200 }]);
});

test('has an audience of its own, and the claims of the test', async () => {
  const sub = 'repo:org@1/app@2:ref:refs/heads/main';
  const { claims, requests } = await tokenOf(undefined, { claims: { sub } });
  expect(claims).toMatchObject({ aud: 'https://github.com/org', sub });
  expect(requests).toEqual([{ audience: undefined, status: 200 }]);
});

test('refuses who does not have the token of the job, and fails when it is told to', async () => {
  await expect(tokenOf('x', { failing: 403 })).rejects.toThrow('Failed to get ID Token');
  const oidc = await startGithubOidc();
  const { status } = await fetch(`${oidc.variables.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=x`);
  expect(status).toBe(401);
  expect(oidc.requests).toEqual([{ audience: 'x', status: 401 }]);
  await oidc.close();
});
