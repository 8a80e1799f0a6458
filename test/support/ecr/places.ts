import { type RegistryId, registryOfHost } from './names.ts';

/**
 * Which registry an address stands for. `own` is the private one of whoever shows a token, in the region of that token: what
 * addresses that say nothing stand for.
 */
export type Place =
  | { readonly kind: 'private'; readonly registryId: RegistryId }
  | { readonly kind: 'own' }
  | { readonly kind: 'public' };

/** The host names of ECR Public, the second one over IPv4 and IPv6. */
export const PUBLIC_HOSTS: readonly string[] = ['public.ecr.aws', 'ecr-public.aws.com'];

/** The registry that a Host header names, in any of ECR's forms. */
export function placeOfHost(host: string): Place {
  if (PUBLIC_HOSTS.includes(host.replace(/:\d+$/, ''))) {
    return { kind: 'public' };
  }
  const registryId = registryOfHost(host);
  return registryId === undefined ? { kind: 'own' } : { kind: 'private', registryId };
}
