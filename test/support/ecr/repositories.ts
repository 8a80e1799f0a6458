import { matchesWildcard, type RegistryId } from './names.ts';
import type { RepositorySettings } from './repository-settings.ts';

/** A repository that exists from the start, or that was created since. */
export interface RepositoryDeclaration extends RepositorySettings {
  readonly name: string;
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
  /** Changes settings. @returns the repository as it is then */
  change(repository: Repository, settings: RepositorySettings): Repository;
  remove(repository: Repository): void;
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
  const existing = new Map(declared.map(complete).map((one) => [one.storage, one]));
  const list = ({ accountId, region }: RegistryId) =>
    [...existing.values()].filter((one) => one.accountId === accountId && (one.region ?? region) === region);
  return {
    list,
    find: (registry, name) => list(registry).find((one) => one.name === name),
    add: (declaration) => {
      const repository = complete(declaration);
      existing.set(repository.storage, repository);
      return repository;
    },
    change: (repository, settings) => {
      const changed = { ...repository, ...settings };
      existing.set(repository.storage, changed);
      return changed;
    },
    remove: ({ storage }) => void existing.delete(storage),
  };
}

/** Whether a tag, once it is there, stays on its image. What is excluded does the opposite of the rest. */
export function isImmutableTag({ immutable = false, exclusions = [] }: Repository, tag: string): boolean {
  return immutable !== exclusions.some((filter) => matchesWildcard(filter, tag));
}

/** What ECR says to a push that would move such a tag, in its API and in its registry. */
export function immutableText({ name }: Repository, tag: string): string {
  return `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`;
}

/** What ECR says about a repository that is not there, in its API and in its registry. */
export function missingText({ accountId }: Pick<RegistryId, 'accountId'>, name: string): string {
  return `The repository with name '${name}' does not exist in the registry with id '${accountId}'`;
}
