import { Failure } from '../failure.ts';

/** Where `gitRevision` is not given: what the server checks out by itself. */
export const DEFAULT_REVISION = 'HEAD';

/**
 * Checks a revision: a branch, a tag, a full or short commit, or a ref such as `refs/pull/1/head`.
 * Source: git-check-ref-format(1); it also keeps options and refspecs out.
 * @throws Failure `git-revision-malformed`
 */
export function checkRevision(value: string): string {
  const isRef =
    !/[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|^[-/+.]|\/\.|\.lock(?:\/|$)|[./]$/u.test(value) &&
    value !== '@' &&
    value.length < 1024;
  if (isRef) {
    return value;
  }
  throw new Failure({
    code: 'git-revision-malformed',
    message: `gitRevision: "${value}" is neither the name of a branch or tag nor a commit.`,
    hint: 'Write a branch, a tag, a commit of 4 to 64 hexadecimal digits, or a ref such as refs/pull/1/head. Expressions such as HEAD~1 are not resolved.',
  });
}

/** Whether a revision can be a commit that is written out. */
export function isFullCommit(revision: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(revision);
}

/** Whether a revision can be the beginning of a commit. Git takes no fewer than 4 digits. */
export function isShortCommit(revision: string): boolean {
  return /^[0-9a-f]{4,63}$/i.test(revision) && !isFullCommit(revision);
}
