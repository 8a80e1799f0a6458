import { formatRepository, type Reference, type Repository, repositoryName } from './reference.ts';
import type { RegistryPath } from './registry-path.ts';
import type { TagEntry } from './tags.ts';

/** The names of an image. */
export interface ImageNames {
  /** Every repository that the image is in, without repetition; empty when no registry is known. */
  readonly repositories: readonly Repository[];
  /** Every tag in every registry, without repetition; empty when no registry is known, or the image gets no tag. */
  readonly references: readonly Reference[];
}

/** What the inputs say of where an image goes. */
export interface Destinations {
  /** Without repetition; empty: the registry of the caller's own account. */
  readonly registries: readonly RegistryPath[];
  /** Empty: to be derived from the commit. */
  readonly tags: readonly TagEntry[];
}

/** Registries that images go to. */
export interface Targets {
  /** Hosts that the inputs name. */
  readonly hosts: readonly string[];
  /** Whether some names belong to the registry of the caller's own account. */
  readonly own: boolean;
}

/** Where the images go, as far as the inputs say. */
export function findTargets({ registries, tags }: Destinations): Targets {
  const fromReferences = tags.flatMap((entry) => (entry.kind === 'reference' ? [entry.reference.host] : []));
  const plain = tags.length === 0 || tags.some(({ kind }) => kind === 'tag');
  return {
    hosts: [...(plain ? registries.map(({ host }) => host) : []), ...fromReferences],
    own: registries.length === 0 && plain,
  };
}

/** The host of the first name of the image; undefined: that of the caller's own registry. */
export function firstHost({ registries, tags }: Destinations): string | undefined {
  const [first] = tags;
  return first?.kind === 'reference' ? first.reference.host : registries[0]?.host;
}

/**
 * Joins registries, name and tags: the first tag in every registry, then the second one, and so on.
 * @param tags none: the image has no tag, and is in the repositories all the same
 * @param ownHost host of the caller's own registry; undefined when nobody has asked, then tags of it have no name
 */
export function nameImage(
  { registries, imageShortName }: Pick<Destinations, 'registries'> & { readonly imageShortName: string },
  { tags, ownHost }: { tags: readonly TagEntry[]; ownHost: string | undefined },
): ImageNames {
  const own = ownHost === undefined ? [] : [{ host: ownHost, prefix: '' }];
  const repositories = (registries.length === 0 ? own : registries).map(({ host, prefix }) => ({
    host,
    repository: repositoryName(prefix, imageShortName),
  }));
  const references = tags.flatMap((entry) =>
    entry.kind === 'reference'
      ? [entry.reference]
      : repositories.map((repository) => ({ ...repository, tag: entry.tag })),
  );
  const tagged = references.map(({ host, repository }) => ({ host, repository }));
  return {
    repositories: distinct(tags.length === 0 ? repositories : tagged),
    references: distinct(references),
  };
}

function distinct<T extends Repository>(names: readonly T[]): T[] {
  return [...new Map(names.map((name) => [JSON.stringify(name), name])).values()];
}

/** `host/repository@sha256:…`. */
export function formatDigestName(repository: Repository, digest: string): string {
  return `${formatRepository(repository)}@${digest}`;
}
