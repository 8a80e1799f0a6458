import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitInputs, SshInputs } from '../inputs/git.ts';
import { formatGitAddress, type GitAddress } from '../plan/git-address.ts';
import type { GitLogin } from '../plan/git-login.ts';
import { knownHostsText } from '../plan/known-hosts.ts';
import { quoteWord } from '../plan/words.ts';
import type { Environment } from '../runner.ts';

/** How Git is started for one clone: with its login in private files, which are gone afterwards. */
export interface GitSession {
  /** `-c NAME=VALUE` each, before the command of Git. Without secrets. */
  readonly config: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Variables that would point Git at another repository, or that are secrets of the step. */
const WITHHELD =
  /^(?:INPUT_|STATE_|ACTIONS_|AWS_|DOCKER_AUTH_CONFIG$|GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|CEILING_DIRECTORIES|SHALLOW_FILE|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PREFIX|CONFIG|CONFIG_PARAMETERS|DEFAULT_HASH)$|SSH_ASKPASS)/;

/** Seconds without a byte over HTTP, after which Git gives up by itself. */
const SLOW_TIME = 60;

/** @param directory private, and made here */
export async function openSession(
  { address, login, ssh }: GitInputs,
  { directory, env }: { directory: string; env: Environment },
): Promise<GitSession> {
  await mkdir(directory, { mode: 0o700 });
  const common = [
    'safe.directory=*',
    // Nothing of a repository that is kept is run. The place of the session names it to whoever cleans up after a step that was killed.
    `core.hooksPath=${join(directory, 'hooks')}`,
    'core.fsmonitor=false',
    // No clock in what may become part of an image.
    'core.logAllRefUpdates=false',
    'advice.detachedHead=false',
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${SLOW_TIME}`,
    'lfs.activitytimeout=60',
    'gc.auto=0',
    'maintenance.auto=false',
    ...NO_LFS,
  ];
  const own = login === undefined ? [] : await storeLogin(login, { address, directory });
  return {
    config: [...common, ...own].flatMap((setting) => ['-c', setting]),
    env: {
      ...withoutSecrets(env),
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      // What is not there is not there; Git 2.45 and later know this.
      GIT_NO_LAZY_FETCH: '1',
      GIT_ASKPASS: '',
      GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
      GIT_SSH_VARIANT: 'ssh',
      GIT_SSH_COMMAND: await sshCommand(ssh, directory),
      GIT_LFS_FORCE_PROGRESS: '1',
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Large files are fetched by a command of their own, which shows its progress; until then there are pointers in their place. */
const NO_LFS = ['filter.lfs.process=', 'filter.lfs.smudge=', 'filter.lfs.clean=', 'filter.lfs.required=false'];

/**
 * Git's own store in a private file gives the login to the host of the address and to no other, also after a redirect and for
 * submodules. Source: gitcredentials(7), git-credential-store(1).
 */
async function storeLogin(
  { user, password }: GitLogin,
  { address, directory }: { address: GitAddress; directory: string },
): Promise<string[]> {
  const transport = address.transport === 'ssh' ? 'https' : address.transport;
  const host = address.transport === 'ssh' ? address.host.replace(/:\d+$/, '') : address.host;
  const origin = `${transport}://${host}`;
  const file = join(directory, 'credentials');
  const secret = `${encodeURIComponent(user.toWellFormed())}:${encodeURIComponent(password.toWellFormed())}`;
  await writeFile(file, `${transport}://${secret}@${host}\n`, { mode: 0o600 });
  return [
    // What the machine has for this host would be asked first, or be sent as well.
    `credential.${origin}.helper=`,
    `credential.${origin}.helper=store --file=${quoteWord(file)}`,
    `credential.${origin}.useHttpPath=false`,
    `http.${origin}/.extraHeader=`,
    // By itself Git follows the first request only, and not after a login. curl gives the login to no other host.
    `http.${origin}/.followRedirects=true`,
    // Submodules of the same host are often written for SSH, for which there is no key.
    ...(address.transport === 'ssh'
      ? []
      : [`url.${origin}/.insteadOf=git@${host}:`, `url.${origin}/.insteadOf=ssh://git@${host}/`]),
  ];
}

/** Options on the command line win over those of the machine's own configuration. Source: ssh_config(5). */
async function sshCommand({ key, knownHosts }: SshInputs, directory: string): Promise<string> {
  const [keyFile, hostsFile] = [join(directory, 'key'), join(directory, 'known_hosts')];
  await writeFile(hostsFile, `${knownHosts ?? ''}\n${knownHostsText(knownHosts)}`, { mode: 0o600 });
  if (key !== undefined) {
    await writeFile(keyFile, key, { mode: 0o600 });
  }
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${hostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'ControlMaster=no',
    'ControlPath=none',
    'ForwardAgent=no',
    'ConnectTimeout=30',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    ...(key === undefined ? [] : [`IdentityFile=${keyFile}`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
  ];
  return ['ssh', ...options.flatMap((option) => ['-o', quoteWord(option)])].join(' ');
}

/** The address as it is written into the clone. */
export function remoteUrl({ address }: GitInputs): string {
  return formatGitAddress(address);
}

/** What Git gets of the step: nothing that is for the action alone, as what a repository has it run could read it. */
export function withoutSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || WITHHELD.test(name) ? [] : [[name, value]])),
  );
}
