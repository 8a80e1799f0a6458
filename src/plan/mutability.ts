import { formatRepository, type Reference } from './reference.ts';

/** What ECR says of a repository; `unknown` when asking is not allowed, or there was no answer. */
export type RepositoryFacts =
  | { readonly kind: 'there'; readonly mutability: TagMutability }
  /** With the id of AWS's answer, as far as there is one. */
  | { readonly kind: 'missing'; readonly requestId?: string | undefined }
  | { readonly kind: 'unknown' };

/** What is known of repositories, by `registry/repository`. */
export type KnownRepositories = ReadonlyMap<string, RepositoryFacts>;

/** How ECR treats tags that exist. Source: ECR API, Repository. */
export interface TagMutability {
  /** `MUTABLE`, `IMMUTABLE`, or one of both with exclusions. */
  readonly setting: string | undefined;
  /** Filters of the tags that are excluded from it, with `*` for any characters. */
  readonly exclusions: readonly string[];
}

/**
 * Whether a name can be written again.
 * @returns undefined when nobody knows
 */
export function isMutable(reference: Reference, facts: KnownRepositories): boolean | undefined {
  const known = facts.get(formatRepository(reference));
  return known?.kind === 'there' ? isTagMutable(known.mutability, reference.tag) : undefined;
}

function isTagMutable({ setting, exclusions }: TagMutability, tag: string): boolean | undefined {
  const excluded = exclusions.some((filter) => matches(filter, tag));
  switch (setting) {
    case 'MUTABLE':
      return true;
    case 'IMMUTABLE':
      return false;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return !excluded;
    default:
      return undefined;
  }
}

/** Source: ECR API, ImageTagMutabilityExclusionFilter: `*` stands for any characters. */
function matches(filter: string, tag: string): boolean {
  const pattern = filter
    .split('*')
    .map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(tag);
}
