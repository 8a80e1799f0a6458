import { Failure } from '../failure.ts';
import { type CloneDirectory, findCloneDirectory } from '../git/directory.ts';
import { type GitAddress, parseGitAddress } from '../plan/git-address.ts';
import {
  type GitLogin,
  loginSecrets,
  parseGitLogin,
  REPOSITORY_KINDS,
  type RepositoryKind,
} from '../plan/git-login.ts';
import { checkRevision, DEFAULT_REVISION } from '../plan/git-revision.ts';
import { isEncryptedKey, isPrivateKey } from '../plan/ssh-key.ts';
import { checkBelongs, checkReachable, chooseTransport } from './git-checks.ts';
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
