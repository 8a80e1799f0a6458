import { relative, resolve, sep } from 'node:path';
import { leaves } from '../paths.ts';
import type { BuildContext } from '../source/context.ts';
import { pageOf, parseGitAddress } from './git-address.ts';

/** A repository that is checked out. */
export interface Checkout {
  /** Its top, absolute and without links. */
  readonly directory: string;
  /** Addresses that it comes from; empty when it does not say. */
  readonly remotes: readonly string[];
}

/**
 * The path by which GitHub finds a file of a build, relative to the top of the workflow's repository.
 *
 * GitHub takes the path of an annotation relative to the repository. The runner only strips the workspace off an absolute one,
 * wherever in it the repository is checked out (`path` of actions/checkout), and hands on a relative one as it is. What it does for
 * problem matchers is right in all cases, so it is done here: the checkout that the file is in is looked for, it counts when it comes
 * from the repository of the workflow, and the path is relative to its top.
 * Source: actions/runner, src/Runner.Worker/ActionCommandManager.cs (IssueCommandExtension), src/Runner.Worker/Handlers/OutputManager.cs
 * (ConvertToIssue, GetRepositoryPath). docker/build-push-action takes paths relative to the workspace.
 *
 * @param file as BuildKit calls it: relative to the directory of the Dockerfile
 * @param options.checkout that the Dockerfile is in; undefined: in none, as where the runner has no Git
 * @param options.repositoryUrl such as `https://github.com/org/app`
 * @returns undefined for what BuildKit has fetched, and for a file of another repository or of none
 */
export function repositoryPath(
  file: string,
  options: {
    readonly context: BuildContext;
    readonly checkout: Checkout | undefined;
    readonly workspace: string;
    readonly repositoryUrl: string | undefined;
  },
): string | undefined {
  const { context, checkout, workspace, repositoryUrl } = options;
  if (context.kind === 'remote') {
    return undefined;
  }
  const path = resolve(context.dockerfile.directory, file);
  const isIn = (directory: string) => path !== directory && !leaves(directory, path);
  if (checkout === undefined) {
    return isIn(workspace) ? below(workspace, path) : undefined;
  }
  const isOwn =
    checkout.remotes.length === 0 || repositoryUrl === undefined
      ? isIn(workspace)
      : checkout.remotes.some((remote) => nameOf(remote) === nameOf(repositoryUrl));
  return isOwn && isIn(checkout.directory) ? below(checkout.directory, path) : undefined;
}

/** GitHub has `/` on all systems. */
function below(directory: string, path: string): string {
  return relative(directory, path).replaceAll(sep, '/');
}

/** `host/owner/name`, by whatever way it is reached. */
function nameOf(address: string): string | undefined {
  try {
    // A login may stand in it.
    const page = pageOf(parseGitAddress(address.replace(/^(https?:\/\/)[^/@]*@/i, '$1')));
    return page.replace(/^\w+:\/\//, '').toLowerCase();
  } catch {
    return undefined;
  }
}
