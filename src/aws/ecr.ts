import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { Failure } from '../failure.ts';
import type { TokenScope } from '../plan/token-scopes.ts';
import type { Environment } from '../runner.ts';
import { clientOptions, reachOf } from './client.ts';
import type { CredentialsSource } from './credentials.ts';
import { explainAwsError } from './errors.ts';

/** A token that opens the registries of its scope. It is a secret, also in parts. */
export interface RegistryToken {
  /** `AWS:<password>` in base64, as an Authorization header and a Docker configuration hold it. */
  readonly auth: string;
  /** Host of the caller's own registry, as ECR names it; ECR Public names none. */
  readonly ownHost: string | undefined;
}

/** How a client of ECR's API asks in a scope. */
export type EcrOptions = ReturnType<typeof ecrOptions>;

/** What a client of ECR's API is opened with; nothing is asked yet. */
export function ecrOptions(
  scope: TokenScope,
  { credentials, env }: { readonly credentials: CredentialsSource; readonly env: Environment },
) {
  return { ...clientOptions(scope.region), credentials: credentials.provider, ...reachOf(scope, env) };
}

/**
 * Gets the token that opens every registry of a scope that the caller may use.
 * Source: ECR API and ECR Public API, GetAuthorizationToken.
 * @param mask called with the token in each of its forms before it is returned
 * @throws Failure `credentials-…`, `ecr-…`
 */
export async function getToken(
  scope: TokenScope,
  options: {
    readonly credentials: CredentialsSource;
    readonly mask: (secret: string) => void;
    readonly env: Environment;
    /** How often it is asked for before it is given up. */
    readonly attempts?: number;
  },
): Promise<RegistryToken> {
  const { credentials, mask, env, attempts } = options;
  const { service, region } = scope;
  const action = `${service}:GetAuthorizationToken`;
  const answer = await askForToken(scope, { credentials, env, attempts }).catch((error: unknown) => {
    throw explainAwsError(error, { action, region, source: credentials.name });
  });
  const { authorizationToken: auth, proxyEndpoint } = answer ?? {};
  const ownHost = URL.parse(proxyEndpoint ?? '')?.host || undefined;
  if (auth === undefined || (service === 'ecr' && ownHost === undefined)) {
    throw new Failure({
      code: 'ecr-unreadable',
      message: `ECR in ${region} answered ${action} without a token.`,
      hint: 'Run the job again; if it stays so, look for a proxy between this runner and AWS.',
    });
  }
  mask(auth);
  mask(Buffer.from(auth, 'base64').toString().replace(/^AWS:/, ''));
  return { auth, ownHost };
}

async function askForToken(
  scope: TokenScope,
  { credentials, env, attempts }: { credentials: CredentialsSource; env: Environment; attempts: number | undefined },
): Promise<{ authorizationToken?: string | undefined; proxyEndpoint?: string | undefined } | undefined> {
  const few = attempts === undefined ? {} : { maxAttempts: attempts };
  const client = { ...ecrOptions(scope, { credentials, env }), ...few };
  if (scope.service === 'ecr-public') {
    // A client of its own that few need.
    const ecrPublic = await import('@aws-sdk/client-ecr-public');
    const answer = await new ecrPublic.ECRPUBLICClient(client).send(new ecrPublic.GetAuthorizationTokenCommand({}));
    return answer.authorizationData;
  }
  const { authorizationData = [] } = await new ECRClient(client).send(new GetAuthorizationTokenCommand({}));
  return authorizationData[0];
}
