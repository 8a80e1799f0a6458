import { Failure } from '../failure.ts';
import { formatReference, type Reference } from './reference.ts';

/** What a step does when its tag is there already. */
export const TAG_POLICIES = ['overwrite', 'skip', 'fail'] as const;
export type TagPolicy = (typeof TAG_POLICIES)[number];

/** A name, and what it points to in the registry. */
export interface TagState {
  readonly reference: Reference;
  /** Undefined: there is no such tag. */
  readonly digest: string | undefined;
}

/** What follows from the tags that are there. */
export type TagDecision =
  | { readonly kind: 'proceed' }
  /** The image is there: the step ends with it, and adds its names that are missing. */
  | { readonly kind: 'keep'; readonly digest: string; readonly missing: readonly Reference[] };

/**
 * Decides before anything is made. Only the first tag counts, in every registry that it goes to.
 * @param states of all names of the image, the first tag first
 * @throws Failure `tag-exists`
 */
export function decideTags(policy: TagPolicy, states: readonly TagState[]): TagDecision {
  const present = states.filter(({ digest }) => digest !== undefined);
  const [existing] = present;
  if (policy === 'fail' && existing !== undefined) {
    throw new Failure({
      code: 'tag-exists',
      message: `imageTag: ${formatReference(existing.reference)} exists (${existing.digest}), and ifTagExists is fail.`,
      hint: 'Choose another tag, or ifTagExists: skip to end with the image that is there.',
    });
  }
  if (policy !== 'skip') {
    return { kind: 'proceed' };
  }
  const firsts = states.filter(({ reference }) => reference.tag === states[0]?.reference.tag);
  const [one, ...others] = new Set(firsts.map(({ digest }) => digest));
  if (firsts.some(({ digest }) => digest === undefined) || one === undefined) {
    return { kind: 'proceed' };
  }
  if (others.length > 0) {
    const list = firsts.map(({ reference, digest }) => `${formatReference(reference)} is ${digest}`);
    throw new Failure({
      code: 'tag-exists',
      message: `imageTag: the tag exists in every registry, but is not the same image: ${list.join(', ')}.`,
      hint: 'Remove the wrong ones, choose another tag, or ifTagExists: overwrite.',
    });
  }
  return {
    kind: 'keep',
    digest: one,
    missing: states.filter(({ digest }) => digest === undefined).map(({ reference }) => reference),
  };
}

/**
 * A tag that cannot be written again has to be known before anything is made.
 * @param references that would be written again
 * @param options.first tag of the image, which alone decides for `ifTagExists`
 * @throws Failure `tag-immutable`
 */
export function checkWritable(
  references: readonly Reference[],
  options: {
    readonly policy: TagPolicy;
    readonly first: string | undefined;
    readonly isMutable: (reference: Reference) => boolean | undefined;
  },
): void {
  const { policy, first, isMutable } = options;
  const fixed = references.find((reference) => isMutable(reference) === false);
  if (fixed !== undefined) {
    throw new Failure({
      code: 'tag-immutable',
      message: `imageTag: ${formatReference(fixed)} exists, and tags of ${fixed.repository} are immutable.`,
      hint: wayOut(fixed.tag === first, policy),
    });
  }
}

function wayOut(isFirst: boolean, policy: TagPolicy): string {
  if (!isFirst) {
    return 'ifTagExists: skip asks for the first tag only (fail for all of them): leave this one out, or exclude it from immutability (imageTagMutabilityExclusionFilters), as latest mostly is.';
  }
  return policy === 'skip'
    ? 'Another registry does not have it, so it has to be built, and cannot be written here again: remove it here, or push to the other registry in a step of its own.'
    : 'Choose another tag, or ifTagExists: skip to end with the image that is there, or fail to stop at any tag that exists.';
}

/** Names whose tag would have to move, which a repository with immutable tags refuses. */
export function movedTags(states: readonly TagState[], digest: string): Reference[] {
  return states
    .filter((state) => state.digest !== undefined && state.digest !== digest)
    .map(({ reference }) => reference);
}
