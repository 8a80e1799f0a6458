import { Failure } from '../failure.ts';
import { checkTag, parseReference, type Reference } from './reference.ts';

/** An entry of `imageTag`: a tag of the image that the other inputs name, or a full reference. */
export type TagEntry =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'reference'; readonly reference: Reference };

/** What happened in the repository, as far as tags depend on it. */
export interface TagEvent {
  /** `GITHUB_EVENT_NAME`, such as `push`. */
  readonly name: string;
  /** `GITHUB_REF`, such as `refs/heads/main` or `refs/tags/v1.0.0`. */
  readonly ref: string;
  readonly onDefaultBranch: boolean;
}

/** The commit that is built. */
export interface Commit {
  /** 40 or 64 hexadecimal digits. */
  readonly sha: string;
  /** Committer date. */
  readonly date: Date;
}

/** The tag that holds the build cache unless `cacheTag` names another one. */
export const DEFAULT_CACHE_TAG = 'buildcache';

/** Events whose image on the default branch also becomes `latest`. */
const LATEST_EVENTS = ['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'];

/**
 * Reads one entry of `imageTag`.
 * @throws Failure `tag-malformed`, `tag-reserved` and, inside of a reference, those of registries and names
 */
export function parseTagEntry(entry: string, cacheTag: string = DEFAULT_CACHE_TAG): TagEntry {
  const parsed: TagEntry = entry.includes('/')
    ? { kind: 'reference', reference: parseReference(entry, 'imageTag') }
    : { kind: 'tag', tag: checkTag(entry, 'imageTag') };
  checkNotReserved(parsed.kind === 'tag' ? parsed.tag : parsed.reference.tag, cacheTag);
  return parsed;
}

/**
 * The tag of an image that was started by the push of a Git tag: it follows from the ref alone, and the commit need not be read.
 * @returns undefined for every other event
 * @throws Failure `tag-not-derivable`, `tag-reserved`
 */
export function tagOfRef({ name, ref }: TagEvent, cacheTag: string = DEFAULT_CACHE_TAG): string | undefined {
  const tag = /^refs\/tags\/(?<tag>.+)$/s.exec(ref)?.groups?.tag;
  return name === 'push' && tag !== undefined ? checkDerived(toTag(tag), cacheTag) : undefined;
}

/**
 * The tags of an image whose `imageTag` is not given, first the one that names the commit.
 * The same commit has the same tags in every leg of a matrix and in every re-run.
 */
export function tagsOfCommit({ name, onDefaultBranch }: TagEvent, commit: Commit): string[] {
  const tag = `${timestamp(commit.date)}-${commit.sha.slice(0, 7)}`;
  return onDefaultBranch && LATEST_EVENTS.includes(name) ? [tag, 'latest'] : [tag];
}

/** `yyMMdd_HHmmss` in UTC. */
function timestamp(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day.slice(2).replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}`;
}

/** Characters that a tag may not have become `-`; at the start, where `-` and `.` are not allowed either, they go. */
function toTag(name: string): string {
  return name
    .replace(/[^\w.-]/gu, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 128);
}

function checkDerived(tag: string, cacheTag: string): string {
  if (tag === '') {
    throw new Failure({
      code: 'tag-not-derivable',
      message: 'The Git tag that started this workflow has no character that an image tag may start with.',
      hint: 'Set imageTag.',
    });
  }
  return checkNotReserved(tag, cacheTag);
}

/**
 * A cache and an image cannot share a tag.
 * @param cacheTag neither it nor what starts with it and a dash may be an image's
 * @throws Failure `tag-reserved`
 */
function checkNotReserved(tag: string, cacheTag: string): string {
  if (tag !== cacheTag && !tag.startsWith(`${cacheTag}-`)) {
    return tag;
  }
  throw new Failure({
    code: 'tag-reserved',
    message: `imageTag: "${tag}" is the name of a build cache.`,
    hint: `Choose a tag that is neither ${cacheTag} nor starts with ${cacheTag}-.`,
  });
}
