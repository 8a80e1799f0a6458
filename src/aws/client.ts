import type { TokenScope } from '../plan/token-scopes.ts';
import type { Environment } from '../runner.ts';
import { openRequests } from './proxy.ts';

/** What every client of AWS has. Nothing is asked before its first command. */
export function clientOptions(region: string) {
  return {
    region,
    // Throttling, 5xx and what the network loses are tried again after a growing wait; what is refused is not.
    maxAttempts: 5,
    requestHandler: openRequests(),
    customUserAgent: [['buildkit-aws', '1']] satisfies [string, string][],
  };
}

/**
 * How the API is reached: as the registry itself is spoken to, unless the user has an endpoint of their own. That is what it
 * is, and the SDK refuses to make it FIPS or dual-stack.
 */
export function reachOf({ service, fips, dualStack }: TokenScope, env: Environment) {
  const ofService = service === 'ecr' ? env.AWS_ENDPOINT_URL_ECR : env.AWS_ENDPOINT_URL_ECR_PUBLIC;
  const isOwnEndpoint = Boolean(ofService || env.AWS_ENDPOINT_URL);
  return {
    ...(fips && !isOwnEndpoint ? { useFipsEndpoint: true } : {}),
    ...(dualStack && !isOwnEndpoint ? { useDualstackEndpoint: true } : {}),
  };
}
