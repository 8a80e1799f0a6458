import { Failure } from '../failure.ts';
import { configKey } from '../plan/docker-config.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { type Mirror, parseMirror } from '../plan/mirrors.ts';
import { isRegistryHost } from '../plan/registry-path.ts';
import { type Ask, attempt, attemptAll, list } from './grammar.ts';

/** Registries that a build pulls from, and how. */
export interface RegistryInputs {
  readonly mirrors: readonly Mirror[];
  readonly auths: readonly RegistryAuth[];
  /** Hosts of ECR that are to be logged in to with the AWS identity. */
  readonly ecrLogins: readonly string[];
}

/** A login that the user gives. */
export interface RegistryAuth {
  readonly host: string;
  /** The host by which Docker's configuration has it. */
  readonly key: string;
  /** `user:password` in base64. A secret. */
  readonly auth: string;
}

/** Three fields between blanks; the last one may have blanks itself. */
const LINE = /^\s*(?<address>\S+)(?:\s+(?<user>\S+)(?:\s+(?<password>\S.*))?)?\s*$/s;

export async function readRegistries({ raw, problems, mask }: Ask): Promise<() => RegistryInputs> {
  const mirrors = await attemptAll(problems, list(raw, 'registryMirrors'), parseMirror);
  const lines = list(raw, 'registryAuths');
  // All of them first: nothing may be said of one before the others are masked.
  for (const line of lines) {
    maskLine(line, mask);
  }
  const entries = await attemptAll(problems, lines, (line) => parseAuth(line, lines.indexOf(line) + 1));
  await attempt(problems, () => checkDistinct(entries.known ?? []));
  return () => ({
    mirrors: mirrors.get(),
    auths: entries
      .get()
      .flatMap(({ host, auth }) => (auth === undefined ? [] : [{ host, key: configKey(host), auth }])),
    ecrLogins: entries.get().flatMap(({ host, auth }) => (auth === undefined ? [host] : [])),
  });
}

/** A line with a field too few may still have a password in its place. The user name of ECR's tokens is no secret. */
function maskLine(line: string, mask: (secret: string) => void): void {
  const { user, password } = LINE.exec(line)?.groups ?? {};
  const secret = password ?? user;
  if (secret === undefined || secret === 'AWS') {
    return;
  }
  mask(secret);
  if (secret !== secret.trimEnd()) {
    mask(secret.trimEnd());
  }
  if (password !== undefined) {
    mask(Buffer.from(`${user}:${password}`).toString('base64'));
  }
}

/** @param position of the line among the entries: it is all that an error may show of a line that is not understood */
function parseAuth(line: string, position: number): { readonly host: string; readonly auth: string | undefined } {
  const { address = '', user, password } = LINE.exec(line)?.groups ?? {};
  const host = address
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/(?<!\/)\/+$/, '')
    .replace(/\/v[12]$/, '');
  if (!isRegistryHost(host)) {
    throw malformed(position, 'its first field is not the host of a registry');
  }
  if (user === undefined) {
    if (parseEcrHost(host) === undefined) {
      throw malformed(position, 'it has no user and password, and its host is not one of ECR');
    }
    return { host, auth: undefined };
  }
  if (password === undefined) {
    throw malformed(position, 'it has no password; a secret that is not set for this repository arrives empty');
  }
  if (user.includes(':')) {
    throw malformed(position, 'its user has a ":"');
  }
  return { host, auth: Buffer.from(`${user}:${password}`).toString('base64') };
}

function malformed(position: number, reason: string): Failure {
  return new Failure({
    code: 'registry-auth-malformed',
    message: `registryAuths: entry ${position} cannot be read: ${reason}. It is not shown here.`,
    hint: 'Write HOST USERNAME PASSWORD per line, such as docker.io my-user ${{ secrets.DOCKER_HUB_TOKEN }}; or a host of ECR alone.',
  });
}

function checkDistinct(entries: readonly { readonly host: string }[]): void {
  const keys = entries.map(({ host }) => configKey(host));
  const again = entries.find(({ host }, index) => keys.indexOf(configKey(host)) !== index);
  if (again !== undefined) {
    throw new Failure({
      code: 'registry-auth-malformed',
      message: `registryAuths: ${again.host} is given twice.`,
      hint: 'Keep one line for each registry; docker.io, index.docker.io and registry-1.docker.io are the same one.',
    });
  }
}
