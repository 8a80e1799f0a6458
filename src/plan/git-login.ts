/** Services that take a token under different user names. */
export const REPOSITORY_KINDS = ['github', 'gitlab', 'bitbucket', 'backlog'] as const;

export type RepositoryKind = (typeof REPOSITORY_KINDS)[number];

/** What a Git server is asked with. Both may be secret. */
export interface GitLogin {
  readonly user: string;
  readonly password: string;
}

/**
 * The user name that goes with a token.
 * Source: GitHub documentation, "Authenticating as a GitHub App installation"; GitLab documentation, "OAuth 2.0 identity provider
 * API", "Access Git over HTTPS with access token"; Bitbucket Cloud, "Using access tokens". Backlog takes a user's password only.
 */
const USERS = { github: 'x-access-token', gitlab: 'oauth2', bitbucket: 'x-token-auth', backlog: undefined } as const;

/**
 * Reads `gitToken`: a token, or `user:password`.
 * @returns undefined for a token alone where the service needs a user
 */
export function parseGitLogin(token: string, kind: RepositoryKind): GitLogin | undefined {
  const { user, password } = /^(?<user>[^:]+):(?<password>.+)$/s.exec(token)?.groups ?? {};
  if (user !== undefined && password !== undefined) {
    return { user, password };
  }
  const ofKind = USERS[kind];
  return ofKind === undefined ? undefined : { user: ofKind, password: token };
}

/** The login as HTTP's basic scheme sends it. A secret. */
export function basicAuth({ user, password }: GitLogin): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

/** All forms in which a login leaves this process, to be masked. */
export function loginSecrets(login: GitLogin): string[] {
  return [...new Set([login.password, encodeURIComponent(login.password.toWellFormed()), basicAuth(login)])];
}
