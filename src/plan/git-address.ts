import { Failure } from '../failure.ts';
import { isLoopback } from './hosts.ts';

/** Where a Git repository is. */
export interface GitAddress {
  readonly transport: 'https' | 'http' | 'ssh';
  /** Of SSH; undefined where the server decides by the token. */
  readonly user: string | undefined;
  /** With a port where the address has one. */
  readonly host: string;
  /** Without a slash in front. */
  readonly path: string;
}

/** How most services call the one user of their SSH server. */
const SSH_USER = 'git';

/**
 * Reads the address of a repository: `https://HOST/PATH`, `HOST/PATH` as in the AWS Buildkit Adapter, `ssh://USER@HOST/PATH` or
 * `USER@HOST:PATH`. Source: git-clone(1), "Git URLs".
 * @throws Failure `git-address-malformed`; an address that may hold a secret is not shown
 */
export function parseGitAddress(value: string): GitAddress {
  if (/[\s\p{Cc}]/u.test(value) || value.startsWith('-')) {
    throw malformed('it has blanks or starts with "-"');
  }
  const scp = /^(?<user>[\w.-]+)@(?<host>[\w.-]+|\[[0-9a-f:]+\]):(?<path>.*)$/i.exec(value)?.groups;
  if (scp !== undefined && !value.includes('://')) {
    const { user, host = '', path = '' } = scp;
    return checked({ transport: 'ssh', user, host: host.toLowerCase(), path: path.replace(/^\/+/, '') });
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  if (/^[\w-]+\/[\w.-]+$/.test(value)) {
    throw malformed(`it has no host; an address on GitHub begins with github.com/`);
  }
  const parsed = /^[a-z0-9+.-]+:\/\/[^/.-]/i.test(url) ? URL.parse(url) : null;
  if (parsed === null) {
    throw malformed('it is no address');
  }
  const { protocol, username, password, host, pathname, search, hash } = parsed;
  const transport = transportOf(protocol);
  if (password !== '' || (username !== '' && transport !== 'ssh')) {
    throw new Failure({
      code: 'git-address-malformed',
      message: 'gitCloneUrl: the address holds a user or password, which everybody on the machine could read.',
      hint: 'Leave it out and give it as gitToken (a token, or user:password).',
    });
  }
  if (search !== '' || hash !== '') {
    throw new Failure({
      code: 'git-address-malformed',
      message: `gitCloneUrl: the address has ${hash === '' ? 'a "?"' : 'a "#"'} after the path of the repository.`,
      hint: 'Give a branch, tag or commit as gitRevision, and a directory of the repository as pathToContext.',
    });
  }
  const user = transport === 'ssh' ? userOf(username) : undefined;
  return checked({ transport, user, host: host.toLowerCase(), path: pathname.replace(/^\/+/, '') });
}

/** Git decodes it, too. One with a slash would make another host of it, and one with a dash in front an option of ssh. */
function userOf(encoded: string): string {
  const user = encoded === '' ? SSH_USER : encoded.replaceAll(/%40/g, '@');
  if (!/^\w[\w.+@-]*$/.test(user)) {
    throw malformed('its user has other characters than letters, digits, "_", ".", "+", "-" and "@"');
  }
  return user;
}

/** The address for Git. It has no secret. */
export function formatGitAddress({ transport, user, host, path }: GitAddress): string {
  return `${transport}://${user === undefined ? '' : `${user}@`}${host}/${path}`;
}

/** The same repository by SSH. Other ports are not known to be the right ones there. */
export function bySsh(address: GitAddress): GitAddress {
  return address.transport === 'ssh'
    ? address
    : { ...address, transport: 'ssh', user: SSH_USER, host: address.host.replace(/:\d+$/, '') };
}

/** The same repository by HTTPS, which is how a token reaches it. */
export function byHttps(address: GitAddress): GitAddress {
  return address.transport === 'ssh'
    ? { ...address, transport: 'https', user: undefined, host: address.host.replace(/:\d+$/, '') }
    : address;
}

/** Where people find the repository, for the label of the image: `https://github.com/org/app`. */
export function pageOf(address: GitAddress): string {
  return formatGitAddress(byHttps(address))
    .replace(/(?<!\/)\/+$/, '')
    .replace(/\.git$/, '');
}

/** Whether what goes there can be read on the way. */
export function isInClear({ transport, host }: GitAddress): boolean {
  return transport === 'http' && !isLoopback(host);
}

function transportOf(protocol: string): GitAddress['transport'] {
  switch (protocol) {
    case 'https:':
      return 'https';
    case 'http:':
      return 'http';
    case 'ssh:':
    case 'git+ssh:':
      return 'ssh';
    default:
      throw malformed(`"${protocol}//" is not a way to clone from`);
  }
}

function checked(address: GitAddress): GitAddress {
  if (address.host === '' || /^\/*$/.test(address.path)) {
    throw malformed('it names no repository');
  }
  return address;
}

function malformed(reason: string): Failure {
  return new Failure({
    code: 'git-address-malformed',
    message: `gitCloneUrl: the value cannot be read: ${reason}. It is not shown here.`,
    hint: 'Write https://HOST/OWNER/NAME.git, or git@HOST:OWNER/NAME.git for SSH.',
  });
}
