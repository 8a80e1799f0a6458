import { parseEcrHost } from './ecr-host.ts';
import { PUBLIC_REGION } from './regions.ts';

/** What one token opens: the private registries of a region, or the public one. */
export interface TokenScope {
  readonly service: 'ecr' | 'ecr-public';
  readonly region: string;
  /** How ECR's API is asked for the token: as the registry itself is spoken to. */
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** A token, and the hosts that it is stored under. */
export interface TokenRequest {
  readonly scope: TokenScope;
  readonly hosts: readonly string[];
  /** Also under the host of the caller's own registry, which the answer names. */
  readonly own: boolean;
}

/** @param region of hosts that do not name one */
export function tokenScope(host: string, region: string): TokenScope {
  const ecr = parseEcrHost(host);
  switch (ecr?.kind) {
    case 'public':
      return { service: 'ecr-public', region: PUBLIC_REGION, fips: false, dualStack: ecr.dualStack };
    case 'private':
      return { service: 'ecr', region: ecr.region, fips: ecr.fips, dualStack: ecr.dualStack };
    case undefined:
      return ownScope(region);
  }
}

/** The scope of hosts that do not say it themselves, such as the caller's own registry before it is known. */
function ownScope(region: string): TokenScope {
  return { service: 'ecr', region, fips: false, dualStack: false };
}

/**
 * The tokens that are needed for some hosts: one per service, region and way to reach them.
 * That a token of one region opens the registry of another one is not documented.
 */
export function tokenRequests(
  hosts: readonly string[],
  { region, own }: { readonly region: string; readonly own: boolean },
): TokenRequest[] {
  const needs = [
    ...[...new Set(hosts)].map((host) => ({ scope: tokenScope(host, region), hosts: [host], own: false })),
    ...(own ? [{ scope: ownScope(region), hosts: [], own: true }] : []),
  ];
  const groups = Map.groupBy(needs, ({ scope }) => JSON.stringify(scope));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const merged = { hosts: group.flatMap((need) => need.hosts), own: group.some((need) => need.own) };
    return first === undefined ? [] : [{ scope: first.scope, ...merged }];
  });
}
