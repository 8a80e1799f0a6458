import { matchesWildcard, type RegistryId } from './names.ts';

/** A repository that exists from the start, or that was created since. */
export interface RepositoryDeclaration {
  readonly name: string;
  /** Whether tags stay where they were put. Default: false */
  readonly immutable?: boolean;
  /** Tags that may move although the repository is immutable; * stands for any characters. */
  readonly exclusions?: readonly string[];
  /** Default: the first account. */
  readonly accountId?: string;
  /** Default: it exists in every region, with the same images, for tests that have one region only. */
  readonly region?: string;
  /** Accounts that its repository policy lets in. */
  readonly sharedWith?: readonly string[];
}

export interface Repository extends RepositoryDeclaration {
  readonly accountId: string;
  /** Its name in the real registry behind: equal to its own name, unless an account or a region is given. */
  readonly storage: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface Repositories {
  find(registry: RegistryId, name: string): Repository | undefined;
  list(registry: RegistryId): readonly Repository[];
  add(declaration: RepositoryDeclaration): Repository;
}

export interface RepositoriesOptions {
  readonly homeAccountId: string;
  readonly declared: readonly RepositoryDeclaration[];
}

export function createRepositories({ homeAccountId, declared }: RepositoriesOptions): Repositories {
  const complete = (declaration: RepositoryDeclaration): Repository => {
    const accountId = declaration.accountId ?? homeAccountId;
    const isHome = accountId === homeAccountId && declaration.region === undefined;
    const storage = isHome ? declaration.name : `${accountId}.${declaration.region ?? 'any'}/${declaration.name}`;
    return { ...declaration, accountId, storage, createdAt: Date.now() };
  };
  const existing = declared.map(complete);
  const list = ({ accountId, region }: RegistryId) =>
    existing.filter((one) => one.accountId === accountId && (one.region ?? region) === region);
  return {
    list,
    find: (registry, name) => list(registry).find((one) => one.name === name),
    add: (declaration) => {
      const repository = complete(declaration);
      existing.push(repository);
      return repository;
    },
  };
}

/** Whether a tag, once it is there, stays on its image. */
export function isImmutableTag({ immutable = false, exclusions = [] }: Repository, tag: string): boolean {
  return immutable && !exclusions.some((filter) => matchesWildcard(filter, tag));
}

/** What ECR says to a push that would move such a tag, in its API and in its registry. */
export function immutableText({ name }: Repository, tag: string): string {
  return `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`;
}

/** What ECR says about a repository that is not there, in its API and in its registry. */
export function missingText({ accountId }: RegistryId, name: string): string {
  return `The repository with name '${name}' does not exist in the registry with id '${accountId}'`;
}
