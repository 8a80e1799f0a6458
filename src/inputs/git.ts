import { Failure } from '../failure.ts';
import { type CloneDirectory, findCloneDirectory } from '../git/directory.ts';
import { leaves } from '../paths.ts';
import { byHttps, bySsh, type GitAddress, isInClear, parseGitAddress } from '../plan/git-address.ts';
import {
  type GitLogin,
  loginSecrets,
  parseGitLogin,
  REPOSITORY_KINDS,
  type RepositoryKind,
} from '../plan/git-login.ts';
import { checkRevision, DEFAULT_REVISION } from '../plan/git-revision.ts';
import { isWellKnown, keyscanCommand } from '../plan/known-hosts.ts';
import { isEncryptedKey, isPrivateKey } from '../plan/ssh-key.ts';
import { isRemoteAddress } from '../source/context.ts';
import { type Ask, attempt, flag, oneOf, optional, type Reading } from './grammar.ts';
import { readTextOrFile } from './texts.ts';

/** A repository to clone, and how. */
export interface GitInputs {
  readonly address: GitAddress;
  readonly revision: string;
  readonly place: CloneDirectory;
  readonly deleteExisting: boolean;
  /** For the host of the address only. */
  readonly login: GitLogin | undefined;
  readonly ssh: SshInputs;
}

export interface SshInputs {
  /** Private key; undefined: the agent of the job. */
  readonly key: string | undefined;
  /** Lines of known_hosts beside those of the well-known hosts. */
  readonly knownHosts: string | undefined;
}

export interface GitReading {
  readonly isGiven: boolean;
  /** Call it only when it is given. */
  readonly get: () => GitInputs;
  /** Where the clone goes, also when something else of it is wrong. */
  readonly cloneTo: CloneDirectory | undefined;
  /** Of `gitToken`, for whichever host it is. */
  readonly login: Reading<GitLogin | undefined>;
}

/** Reads `gitCloneUrl` and what belongs to it. `gitToken` and `repositoryKind` are also for a Git address in `pathToContext`. */
export async function readGit(ask: Ask): Promise<GitReading> {
  const { raw, problems, workflow, mask } = ask;
  const isGiven = raw.text('gitCloneUrl') !== undefined;
  const token = raw.text('gitToken');
  if (token !== undefined) {
    mask(token);
  }
  const kind = await attempt(problems, () => oneOf(raw, 'repositoryKind', REPOSITORY_KINDS) ?? 'github');
  const login = await attempt(problems, () => readLogin(token, kind.get()));
  const secrets = login.known === undefined ? [] : loginSecrets(login.known);
  secrets.filter((secret) => secret !== token).forEach(mask);
  const key = await attempt(problems, () => readKey(ask));
  const knownHosts = await attempt(problems, () => readKnownHosts(ask));
  const useSshKey = await attempt(problems, () => flag(raw, 'useSshKey', false));
  const revision = await attempt(problems, () => optional(raw, 'gitRevision', checkRevision) ?? DEFAULT_REVISION);
  const deleteExisting = await attempt(problems, () => flag(raw, 'gitRepositoryDeleteExisting', true));
  await attempt(problems, () => checkBelongs(ask, isGiven));
  const address = await attempt(isGiven ? problems : [], () => {
    const found = chooseTransport(parseGitAddress(raw.text('gitCloneUrl') ?? ''), {
      kind: kind.get(),
      hasToken: token !== undefined,
      hasKey: raw.text('gitSshKey') !== undefined,
      useSshKey: useSshKey.get(),
    });
    checkReachable(found, { ask, key, knownHosts });
    return found;
  });
  const subDirectory = raw.text('gitCheckoutSubDirectory') ?? '';
  const place = await attempt(problems, () =>
    findCloneDirectory({
      workflow,
      subDirectory,
      address: address.known,
      empties: isGiven && deleteExisting.known === true,
    }),
  );
  return {
    isGiven,
    login,
    cloneTo: isGiven ? place.known : undefined,
    get: () => ({
      address: address.get(),
      revision: revision.get(),
      place: place.get(),
      deleteExisting: deleteExisting.get(),
      login: login.get(),
      ssh: { key: key.get(), knownHosts: knownHosts.get() },
    }),
  };
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

function readLogin(token: string | undefined, kind: RepositoryKind): GitLogin | undefined {
  if (token === undefined) {
    return undefined;
  }
  if (/[\p{Cc}]/u.test(token)) {
    throw new Failure({
      code: 'git-login-malformed',
      message: 'gitToken: the value has a line break or another control character. It is not shown here.',
      hint: 'Give the token alone: something else may have been pasted with it.',
    });
  }
  const login = parseGitLogin(token, kind);
  if (login === undefined) {
    throw new Failure({
      code: 'git-login-malformed',
      message: `gitToken: repositoryKind ${kind} takes no token alone. The value is not shown here.`,
      hint: 'Write user:password, with the user name that the service knows you by.',
    });
  }
  return login;
}

/** A line break at the end is often lost on the way into a secret, and ssh does not take a key without it. */
async function readKey({ raw, workflow, mask }: Ask): Promise<string | undefined> {
  if (/^(?:ssh|ecdsa|sk)-\S+ /.test(raw.text('gitSshKey') ?? '')) {
    throw malformedKey('the value is the public part of a key');
  }
  const text = await readTextOrFile(raw, 'gitSshKey', workflow);
  if (text === undefined) {
    return undefined;
  }
  const key = `${text.replaceAll('\r\n', '\n').trim()}\n`;
  mask(key.trimEnd());
  if (!isPrivateKey(key)) {
    throw malformedKey('the value is no private key (-----BEGIN … PRIVATE KEY-----)');
  }
  if (isEncryptedKey(key)) {
    throw malformedKey('the key has a passphrase, which nobody could type here');
  }
  return key;
}

/** One line is a text too: host, kind of key, key. */
function readKnownHosts({ raw, workflow }: Ask): string | undefined | Promise<string | undefined> {
  const value = raw.text('gitSshKnownHosts');
  const isLine = /^(?:@\S+ )?\S+ (?:ssh|ecdsa|sk)-\S+ \S+/.test(value ?? '');
  return isLine ? value : readTextOrFile(raw, 'gitSshKnownHosts', workflow);
}

function malformedKey(reason: string): Failure {
  return new Failure({
    code: 'git-key-malformed',
    message: `gitSshKey: ${reason}. It is not shown here.`,
    hint: 'Make a deploy key without a passphrase, such as ssh-keygen -t ed25519 -N "", and give the whole text of its private file.',
  });
}

/** What says something of a clone, without one, is a mistake. */
function checkBelongs({ raw }: Ask, isGiven: boolean): void {
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
function chooseTransport(
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

function checkReachable(
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
