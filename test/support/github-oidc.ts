import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listen, stop } from './listen.ts';

export interface GithubOidcOptions {
  /** Claims that tokens have beside, or in the place of, the usual ones of a push to the main branch of org/app. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Answers with this status instead of a token. */
  readonly failing?: number;
}

/** What gives a job with `id-token: write` a token that says which job it is. */
export interface GithubOidc {
  /** What the runner gives to the steps of such a job. */
  readonly variables: {
    readonly ACTIONS_ID_TOKEN_REQUEST_URL: string;
    readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string;
  };
  /** Oldest first. */
  readonly requests: readonly OidcRequest[];
  /** A token as the next request for this audience would get it. */
  token(audience: string): string;
  close(): Promise<void>;
}

export interface OidcRequest {
  /** Undefined when none was asked for. */
  readonly audience: string | undefined;
  readonly status: number;
}

/** The issuer that IAM knows GitHub by. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/**
 * Starts it on loopback. Tokens are signed with a key that nobody has; who reads them here reads their claims.
 * Source: GitHub Docs, "OpenID Connect reference".
 */
export async function startGithubOidc({ claims = {}, failing }: GithubOidcOptions = {}): Promise<GithubOidc> {
  const secret = `fake-oidc-${randomBytes(16).toString('hex')}`;
  const token = (audience: string) => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now - 300, exp: now + 300, jti: randomBytes(16).toString('hex') };
    const signed = [
      { typ: 'JWT', alg: 'HS256' },
      { ...CLAIMS, ...times, aud: audience, ...claims },
    ]
      .map(encode)
      .join('.');
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const requests: OidcRequest[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const audience = url.searchParams.get('audience') ?? undefined;
    const isKnown = request.headers.authorization === `Bearer ${secret}` && url.pathname === PATH;
    const status = failing ?? (isKnown ? 200 : 401);
    requests.push({ audience, status });
    const body =
      status === 200 ? { count: 1, value: token(audience ?? 'https://github.com/org') } : { message: 'refused' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  return {
    variables: {
      // GitHub's own has a query too: the audience is appended to it.
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}${PATH}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
    },
    requests,
    token,
    close: () => stop(server),
  };
}

const PATH = '/fake-job/idtoken';

const CLAIMS = {
  iss: GITHUB_ISSUER,
  sub: 'repo:org/app:ref:refs/heads/main',
  repository: 'org/app',
  repository_owner: 'org',
  ref: 'refs/heads/main',
  event_name: 'push',
  runner_environment: 'self-hosted',
} as const;

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
