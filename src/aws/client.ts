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
