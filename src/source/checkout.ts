import type { Checkout } from '../plan/repository-path.ts';
import { type CheckedOut, git } from './commit.ts';

/**
 * Finds what a directory is checked out from.
 * @returns undefined when it is in no repository, or nobody can tell
 */
export async function readCheckout(place: CheckedOut): Promise<Checkout | undefined> {
  const [top, remotes] = await Promise.all([
    git(place, 'rev-parse', '--show-toplevel'),
    git(place, 'config', '--null', '--get-regexp', '^remote\\..*\\.url$'),
  ]);
  return top.exitCode === 0
    ? {
        directory: top.stdout.replace(/\n$/, ''),
        remotes: remotes.stdout.split('\0').flatMap((entry) => /^[^\n]*\n(.*)$/s.exec(entry)?.[1] ?? []),
      }
    : undefined;
}
