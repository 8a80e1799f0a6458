import type { Inputs } from '../inputs.ts';
import { formatReference, type Reference, repositoryName } from './reference.ts';
import type { TagEntry } from './tags.ts';

/** The names of an image. */
export interface ImageNames {
  /** The first name; undefined when no registry is known. */
  readonly first: Reference | undefined;
  /** `registry/name:tag`, without repetition. */
  readonly references: readonly string[];
}

/** Registries that images go to. */
export interface Targets {
  /** Hosts that the inputs name. */
  readonly hosts: readonly string[];
  /** Whether some names belong to the registry of the caller's own account. */
  readonly own: boolean;
}

/** Where the images go, as far as the inputs say. */
export function findTargets({ registry, tags }: Pick<Inputs, 'registry' | 'tags'>): Targets {
  const fromReferences = tags.flatMap((entry) => (entry.kind === 'reference' ? [entry.reference.host] : []));
  const plain = tags.length === 0 || tags.some(({ kind }) => kind === 'tag');
  return {
    hosts: [...(registry === undefined || !plain ? [] : [registry.host]), ...fromReferences],
    own: registry === undefined && plain,
  };
}

/**
 * Joins registry, name and tags.
 * @param ownHost host of the caller's own registry; undefined when nobody has asked, then tags of it have no name
 */
export function nameImage(
  { registry, imageShortName }: Pick<Inputs, 'registry' | 'imageShortName'>,
  { tags, ownHost }: { tags: readonly TagEntry[]; ownHost: string | undefined },
): ImageNames {
  const host = registry?.host ?? ownHost;
  const repository = repositoryName(registry?.prefix ?? '', imageShortName);
  const references = tags.flatMap((entry) => {
    if (entry.kind === 'reference') {
      return [entry.reference];
    }
    return host === undefined ? [] : [{ host, repository, tag: entry.tag }];
  });
  return { first: references[0], references: [...new Set(references.map(formatReference))] };
}
