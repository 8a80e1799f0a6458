import { Failure } from '../failure.ts';
import type { AwsInputs } from '../inputs/aws.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { type TokenRequest, type TokenScope, tokenRequests } from '../plan/token-scopes.ts';
import type { Environment } from '../runner.ts';
import { type CredentialsSource, openCredentials } from './credentials.ts';
import { type EcrOptions, ecrOptions, getToken, type RegistryToken } from './ecr.ts';
import { findIdentity } from './sts.ts';

/** Registries that can be pushed to. */
export interface Registries {
  /** Host of the caller's own registry in the region of the step; undefined when nobody had to ask. */
  readonly ownHost: string | undefined;
  readonly region: string;
  readonly credentials: CredentialsSource;
  /** How ECR's API is asked in a scope. */
  readonly options: (scope: TokenScope) => EcrOptions;
  /** Who asks, as an ARN; undefined when AWS does not say. */
  readonly identity: string | undefined;
  readonly logins: readonly Login[];
  /** Gets new tokens for the registries of images and caches; nothing is kept of them here. */
  readonly renew: () => Promise<readonly Login[]>;
  /** Hosts that there are new tokens for. */
  readonly renewable: readonly string[];
  /** What is only pulled from, and there is no token for. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly hosts: readonly string[];
  readonly reason: Failure;
}

/** A host, and what it is asked with: `AWS:<password>` in base64. A secret. */
export interface Login {
  readonly host: string;
  readonly auth: string;
}

/** How often a token is asked for that a step can do without. */
const FEW_ATTEMPTS = 2;

/**
 * Logs in to every registry that images go to, and to those that are only pulled from as far as there is a token for them.
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`, `registry-not-ecr`
 */
export async function logIn(request: {
  readonly aws: AwsInputs;
  /** Registries that images or caches are in. */
  readonly hosts: readonly string[];
  /** Hosts of ECR that are only pulled from. */
  readonly pulled?: readonly string[];
  /** Whether images also go to the caller's own registry. */
  readonly own: boolean;
  /** A host that is ECR under another name. */
  readonly alias: string | undefined;
  readonly env: Environment;
  readonly mask: (secret: string) => void;
}): Promise<Registries> {
  const { aws, hosts, pulled = [], own, alias, env, mask } = request;
  const { region } = aws.region;
  const credentials = await openCredentials(aws, { env, mask });
  const all = [...hosts, ...(alias === undefined ? [] : [alias])];
  const requests = tokenRequests([...all, ...pulled], { region, own: own || all.length === 0 });
  const isNeeded = ({ own, hosts }: TokenRequest) => own || hosts.some((host) => all.includes(host));
  const getNeeded = async (request: TokenRequest) => ({
    ...request,
    ...(await getToken(request.scope, { credentials, mask, env })),
  });
  const [identity, ...results] = await Promise.all([
    credentials.arn ?? findIdentity({ credentials: credentials.provider, region }),
    ...requests.map((request) =>
      isNeeded(request) ? getNeeded(request) : getTokenIfAny(request, { credentials, mask, env }),
    ),
  ]);
  const answers = results.filter((result) => 'auth' in result);
  for (const { hosts, ownHost } of answers) {
    checkHosts({ hosts, ownHost, alias });
  }
  const logins = answers.flatMap(loginsOf);
  const renew = async () => (await Promise.all(requests.filter(isNeeded).map(getNeeded))).flatMap(loginsOf);
  const renewable = answers
    .filter(isNeeded)
    .flatMap(loginsOf)
    .map(({ host }) => host);
  const ownHost = answers.find((answer) => answer.own)?.ownHost;
  const refused = results.filter((result) => 'reason' in result);
  const options = (scope: TokenScope) => ecrOptions(scope, { credentials, env });
  return { ownHost, region, credentials, options, identity, logins, renew, renewable, refused };
}

/** A token under each name that it is for. */
function loginsOf({ hosts, own, auth, ownHost }: TokenRequest & RegistryToken): Login[] {
  const targets = new Set([...(own && ownHost !== undefined ? [ownHost] : []), ...hosts]);
  return [...targets].map((host) => ({ host, auth }));
}

/** Logs in to more hosts of ECR that are only pulled from, as far as there is a token for them. */
export async function logInToPulled(
  hosts: readonly string[],
  { registries, env, mask }: { registries: Registries; env: Environment; mask: (secret: string) => void },
): Promise<Pick<Registries, 'logins' | 'refused'>> {
  const { region, credentials } = registries;
  const requests = tokenRequests(hosts, { region, own: false });
  const results = await Promise.all(requests.map((request) => getTokenIfAny(request, { credentials, mask, env })));
  return {
    logins: results.flatMap((result) =>
      'auth' in result ? result.hosts.map((host) => ({ host, auth: result.auth })) : [],
    ),
    refused: results.filter((result) => 'reason' in result),
  };
}

/** Which hosts, by whom: one line for the log. */
export function describeLogin({ logins, credentials, identity }: Registries): string {
  const hosts = logins.map(({ host }) => host).join(', ');
  return `Logged in to ${hosts} with ${credentials.name}${identity === undefined ? '' : ` as ${identity}`}`;
}

/** A token that a step can do without: why there is none is part of the answer. */
async function getTokenIfAny(
  request: TokenRequest,
  options: Parameters<typeof getToken>[1],
): Promise<(TokenRequest & RegistryToken) | Refused> {
  try {
    return { ...request, ...(await getToken(request.scope, { ...options, attempts: FEW_ATTEMPTS })) };
  } catch (error) {
    if (error instanceof Failure) {
      return { hosts: request.hosts, reason: error };
    }
    throw error;
  }
}

/** A token goes to ECR's own hosts, to the one that its API names, and to the one that the user vouches for. */
function checkHosts(options: {
  hosts: readonly string[];
  ownHost: string | undefined;
  alias: string | undefined;
}): void {
  const { hosts, ownHost, alias } = options;
  const foreign = hosts.find((host) => parseEcrHost(host) === undefined && host !== ownHost && host !== alias);
  if (foreign !== undefined) {
    throw new Failure({
      code: 'registry-not-ecr',
      message: `The registry "${foreign}" (imageRegistryPath, imageTag or cacheTag) is not a host of Amazon ECR, so no AWS token is sent to it.`,
      hint: `Yours is ${ownHost}. If ${foreign} is ECR under a name of your own, give it as containerRegistry too.`,
    });
  }
}
