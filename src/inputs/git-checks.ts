import { Failure } from '../failure.ts';
import { leaves } from '../paths.ts';
import { byHttps, bySsh, type GitAddress, isInClear } from '../plan/git-address.ts';
import type { RepositoryKind } from '../plan/git-login.ts';
import { isWellKnown, keyscanCommand } from '../plan/known-hosts.ts';
import { isRemoteAddress } from '../source/context.ts';
import type { GitInputs } from './git.ts';
import type { Ask, Reading } from './grammar.ts';

/** What says something of a clone, without one, is a mistake. */
export function checkBelongs({ raw }: Ask, isGiven: boolean): void {
  const names = ['gitRevision', 'gitCheckoutSubDirectory', 'gitSshKey', 'gitSshKnownHosts'];
  const [left] = isGiven ? [] : names.filter((name) => raw.text(name) !== undefined);
  if (left !== undefined) {
    throw new Failure({
      code: 'input-missing',
      message: `gitCloneUrl: no value is given, and ${left} would belong to it.`,
      hint: `Give the address of the repository, or leave ${left} out.`,
    });
  }
  if (isGiven && isRemoteAddress(raw.text('pathToContext') ?? '')) {
    throw new Failure({
      code: 'input-invalid',
      message: 'pathToContext: it is an address, and gitCloneUrl is given too.',
      hint: 'With gitCloneUrl, pathToContext is a directory of the clone; keep one of the two addresses.',
    });
  }
}

/** A token is for HTTPS and a key for SSH, whichever way the address is written. */
export function chooseTransport(
  given: GitAddress,
  options: { kind: RepositoryKind; hasToken: boolean; hasKey: boolean; useSshKey: boolean },
): GitAddress {
  const { kind, hasToken, hasKey, useSshKey } = options;
  if (useSshKey || (kind === 'bitbucket' && !hasToken)) {
    return bySsh(given);
  }
  const address = hasToken && !hasKey ? byHttps(given) : given;
  if (hasToken && isInClear(address)) {
    throw new Failure({
      code: 'git-address-malformed',
      message: 'gitCloneUrl: a token would go over http:// in clear text.',
      hint: 'Use https://.',
    });
  }
  return address;
}

export function checkReachable(
  address: GitAddress,
  { ask, key, knownHosts }: { ask: Ask; key: Reading<string | undefined>; knownHosts: Reading<string | undefined> },
): void {
  const { env } = ask;
  const keyText = key.get();
  if (address.transport !== 'ssh') {
    if (keyText !== undefined) {
      throw new Failure({
        code: 'git-key-unused',
        message: 'gitSshKey: the address in gitCloneUrl is one of HTTPS, where no key is used.',
        hint: 'Set useSshKey: true, or write the address as git@HOST:OWNER/NAME.git.',
      });
    }
    return;
  }
  if (keyText === undefined && !env.SSH_AUTH_SOCK) {
    throw new Failure({
      code: 'git-key-missing',
      message: `gitSshKey: ${address.host} is asked by SSH, and there is neither a key nor an SSH agent in the job (SSH_AUTH_SOCK).`,
      hint: 'Give gitSshKey, or gitToken to clone by HTTPS (repositoryKind: bitbucket uses SSH unless a token is given).',
    });
  }
  const lines = knownHosts.get();
  if (lines === undefined && !isWellKnown(address.host)) {
    throw new Failure({
      code: 'git-host-unknown',
      message: `gitSshKnownHosts: the host key of ${address.host} is not one that comes with the action, and host keys are always checked.`,
      hint: `Give its lines as gitSshKnownHosts. This shows them: ${keyscanCommand(address.host)} (compare them with what its operator publishes).`,
    });
  }
}

/** An image that is built from a clone has no name of itself: the event is one of another repository. @throws Failure `tag-not-derivable` */
export function checkTagsGiven({ raw }: Ask): void {
  if (raw.text('imageTag') === undefined) {
    throw new Failure({
      code: 'tag-not-derivable',
      message:
        'imageTag: no value is given, and with gitCloneUrl no tag is derived: the event of the workflow tells nothing of the clone.',
      hint: 'Set imageTag, or pushByDigest: true.',
    });
  }
}

/**
 * Sees that nothing which the build needs later lies where the clone takes everything away.
 * @param paths absolute, by the input that names each
 * @throws Failure `git-directory-taken`
 */
export function checkOutside(
  { place, deleteExisting }: GitInputs,
  paths: readonly (readonly [string, string])[],
): void {
  const [input, path] = paths.find(([, path]) => deleteExisting && !leaves(place.directory, path)) ?? [];
  if (input !== undefined && path !== undefined) {
    throw new Failure({
      code: 'git-directory-taken',
      message: `${input}: ${path} is in the directory that the clone empties first.`,
      hint: 'Keep it elsewhere, name another place as gitCheckoutSubDirectory, or set gitRepositoryDeleteExisting: false.',
    });
  }
}
