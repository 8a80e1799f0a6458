/** A public registry that exists from the start. */
export interface PublicRegistryDeclaration {
  /** The first part of the names of its images: public.ecr.aws/<alias>/<repository>. */
  readonly alias: string;
  /** Names without alias. Default: none */
  readonly repositories?: readonly string[];
  /** Default: the first account. */
  readonly accountId?: string;
}

export interface PublicRepository {
  readonly alias: string;
  readonly accountId: string;
  /** Without alias. */
  readonly name: string;
  /** Its name in the real registry behind. */
  readonly storage: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface PublicRepositories {
  /** @param path alias and name: "acme/team/app" */
  find(path: string): PublicRepository | undefined;
  list(accountId: string): readonly PublicRepository[];
  /** The aliases of an account's registry. */
  aliases(accountId: string): readonly string[];
  /** The account that has an alias. */
  ownerOf(alias: string): string | undefined;
  add(repository: Pick<PublicRepository, 'alias' | 'accountId' | 'name'>): PublicRepository;
  remove(repository: Pick<PublicRepository, 'accountId' | 'name'>): void;
}

export interface PublicRepositoriesOptions {
  readonly homeAccountId: string;
  readonly declared: readonly PublicRegistryDeclaration[];
}

export function createPublicRepositories({ homeAccountId, declared }: PublicRepositoriesOptions): PublicRepositories {
  const existing: PublicRepository[] = [];
  const add: PublicRepositories['add'] = (repository) => {
    const storage = `public.ecr.aws/${repository.alias}/${repository.name}`;
    const added = { ...repository, storage, createdAt: Date.now() };
    existing.push(added);
    return added;
  };
  for (const { alias, repositories = [], accountId = homeAccountId } of declared) {
    for (const name of repositories) {
      add({ alias, accountId, name });
    }
  }
  return {
    find: (path) => existing.find(({ alias, name }) => `${alias}/${name}` === path),
    list: (accountId) => existing.filter((one) => one.accountId === accountId),
    aliases: (accountId) => {
      const own = declared.filter((one) => (one.accountId ?? homeAccountId) === accountId).map(({ alias }) => alias);
      // Every account has one by default: eight characters that say nothing.
      return own.length > 0 ? own : [`a${accountId.slice(-7)}`];
    },
    ownerOf: (name) => {
      const declaration = declared.find(({ alias }) => alias === name);
      return declaration === undefined
        ? existing.find(({ alias }) => alias === name)?.accountId
        : (declaration.accountId ?? homeAccountId);
    },
    add,
    remove: ({ accountId, name }) => {
      const index = existing.findIndex((one) => one.accountId === accountId && one.name === name);
      existing.splice(index, index === -1 ? 0 : 1);
    },
  };
}
