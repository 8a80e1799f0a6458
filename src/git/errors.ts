import { Failure } from '../failure.ts';
import type { FailureCode } from '../failure-codes.ts';
import type { GitInputs } from '../inputs/git.ts';
import { formatGitAddress, parseGitAddress } from '../plan/git-address.ts';
import { keyscanCommand } from '../plan/known-hosts.ts';

interface Rule {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  readonly what: (git: GitInputs) => string;
  readonly hint: (git: GitInputs) => string;
}

const SHOWN_LINES = 6;

/** What Git, ssh and the servers say in English. The first that fits counts. */
const RULES: readonly Rule[] = [
  {
    // What the server says of its own disk has a word in front.
    code: 'git-failed',
    pattern: /^(?!remote:).*(?:No space left on device|Disk quota exceeded)/im,
    what: () => 'the clone does not fit on its disk',
    hint: () => 'Make room on the disk of the workspace, or take a runner with a larger one.',
  },
  {
    code: 'git-host-unknown',
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    what: ({ address }) => `The host key of ${address.host} is another one than the one that is known`,
    hint: ({ address }) =>
      `Somebody may stand between the runner and ${address.host}, or its key was changed. Compare with what its operator publishes; then give its lines as gitSshKnownHosts (${keyscanCommand(address.host)} shows them).`,
  },
  {
    code: 'git-host-unknown',
    pattern: /REVOKED HOST KEY/i,
    what: ({ address }) => `gitSshKnownHosts marks the host key of ${address.host} as revoked`,
    hint: () => 'Do not connect until the operator of the host has a new key; then give its lines as gitSshKnownHosts.',
  },
  {
    code: 'git-directory-unusable',
    pattern: /^fatal: not a git repository: /m,
    what: ({ place }) => `${place.directory} has a .git that leads to no repository`,
    hint: () => 'Set gitRepositoryDeleteExisting: true, or name another place as gitCheckoutSubDirectory.',
  },
  {
    code: 'git-host-unknown',
    pattern: /Host key verification failed|No \S+ host key is known for/,
    what: () => 'A host key is not known',
    hint: ({ address }) =>
      `Give the lines of that host as gitSshKnownHosts; ${keyscanCommand(address.host)} shows them. Compare them with what its operator publishes.`,
  },
  {
    code: 'git-denied',
    pattern: /Permission denied \(|no mutual signature|Load key "[^"\n]*": (?:invalid format|error in libcrypto)/,
    what: ({ address }) => `${address.host} does not take the SSH key`,
    hint: ({ ssh }) =>
      `Add the public part of ${ssh.key === undefined ? "the agent's key" : 'gitSshKey'} as a deploy key of the repository, or give the key that is one.`,
  },
  {
    code: 'git-denied',
    pattern:
      /could not read (?:Username|Password)|Authentication failed|returned error: 40[13]|HTTP Basic: Access denied|Invalid credentials/i,
    what: ({ address, login }) => `${address.host} ${login === undefined ? 'wants a login' : 'does not take gitToken'}`,
    hint: ({ login }) =>
      login === undefined
        ? 'Give gitToken. A submodule of another host gets no token: it has to be public.'
        : 'Check that the token has not expired and may read the repository and its submodules, and that repositoryKind names the service. The job token (github.token) reads its own repository only.',
  },
  {
    code: 'git-repository-missing',
    pattern:
      /repository '[^']*' not found|Repository not found|returned error: 404|does not appear to be a git repository|project you were looking for could not be found/i,
    what: ({ address }) => `There is no repository ${formatGitAddress(address)} that may be read`,
    hint: ({ login, ssh }) =>
      login === undefined && ssh.key === undefined
        ? 'Correct gitCloneUrl. For a private repository give gitToken or gitSshKey: services hide it from everybody else.'
        : 'Correct gitCloneUrl, or use a token or key that may read it: services hide a repository from everybody else.',
  },
  {
    code: 'git-unreachable',
    pattern:
      /Could not resolve|Name or service not known|Connection (?:refused|timed out|reset|closed)|Failed to connect|Operation timed out|SSL (?:certificate|connection|routines)|certificate (?:verif|problem|has expired|subject)|returned error: 5\d\d|early EOF|RPC failed|unexpected disconnect|hung up|Network is unreachable|No route to host|gnutls_/i,
    what: ({ address }) => `${address.host} cannot be reached`,
    hint: () =>
      'Check the host in gitCloneUrl, and the network, proxy (https_proxy) and certificates (GIT_SSL_CAINFO) of the runner.',
  },
];

/** Turns what a failing Git has printed into what happened and what to change. */
export function explainGit(stderr: string, git: GitInputs): Failure {
  const submodule = submoduleIn(stderr);
  const of = submodule === undefined ? git : asked(submodule, git);
  // Addresses and names stand in quotes, and may hold any word.
  const words = stderr.replaceAll(/'[^'\n]*'/g, "''");
  const rule = RULES.find(({ pattern }) => pattern.test(words));
  const what = rule?.what(of) ?? 'the clone has failed';
  const where = submodule === undefined ? '' : `the submodule ${submodule.path} (${submodule.address}): `;
  const isElsewhere = of.address.host !== git.address.host && git.login !== undefined;
  const hint = rule?.hint(of) ?? 'The lines above say why.';
  return new Failure({
    code: rule?.code ?? 'git-failed',
    message: `gitCloneUrl: ${where}${what}. Git says:\n${lastLines(stderr)}`,
    hint: isElsewhere ? `${SUBMODULE_ELSEWHERE} ${rule?.code === 'git-denied' ? '' : hint}`.trim() : hint,
  });
}

const SUBMODULE_ELSEWHERE =
  'gitToken goes to the host of gitCloneUrl only: a submodule of another host has to be public.';

interface Submodule {
  readonly path: string;
  readonly address: string;
}

/** Which submodule Git has failed at. Source: Git's builtin/submodule--helper.c. */
function submoduleIn(stderr: string): Submodule | undefined {
  const cloned = /clone of '(?<address>[^'\n]*)' into submodule path '(?<path>[^'\n]*)' failed/.exec(stderr)?.groups;
  const fetched =
    /(?:Unable to fetch in|Fetched in|Unable to find current \S+ revision in) submodule path '(?<path>[^'\n]*)'/.exec(
      stderr,
    )?.groups;
  const found = cloned ?? fetched;
  return found === undefined
    ? undefined
    : { path: found.path?.replace(/^.*\/source\//, '') ?? '', address: found.address ?? 'its commit' };
}

/** The server of a submodule is another one, and may get no login. */
function asked({ address }: Submodule, git: GitInputs): GitInputs {
  try {
    const its = parseGitAddress(address);
    return { ...git, address: its, login: its.host === git.address.host ? git.login : undefined };
  } catch {
    return git;
  }
}

/** Whether asking again may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof Failure && error.code === 'git-unreachable';
}

/** Whether the server or the way there has no such thing as a part of the history, or does not give out single commits. */
export function refusesPart(stderr: string): boolean {
  return /unadvertised object|not our ref|does not support shallow|no such remote ref [0-9a-f]{40}|Server does not (?:support|allow)/i.test(
    stderr,
  );
}

/** Whether the server has no branch or tag of that name. */
export function lacksRef(stderr: string): boolean {
  return /couldn't find remote ref/i.test(stderr);
}

/** Progress stands in lines of its own, each over the one before. */
function lastLines(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter(
      (line) =>
        line !== '' &&
        !/^(?:remote: )?[A-Z][\w ]+: +\d+%|^(?:remote: )?(?:Enumerating|Counting|Compressing) /.test(line),
    );
  return lines.slice(-SHOWN_LINES).join('\n');
}
