import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A credential helper of Docker: `docker-credential-fake` in a directory of its own. */
export interface CredentialHelper {
  /** To be put on the PATH. */
  readonly directory: string;
  /** The hosts that it was asked for, oldest first. */
  asked(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Source: docker-credential-helpers, README: "get" reads a host from its input and writes JSON.
 * @param logins user and secret by host; `otherwise` is the answer for all the others, without which it has none
 */
export async function makeCredentialHelper(
  logins: Readonly<Record<string, Login>>,
  otherwise?: Login,
): Promise<CredentialHelper> {
  const directory = await mkdtemp('/tmp/bka-helper-');
  const log = join(directory, 'asked');
  await writeFile(log, '');
  const cases = Object.entries(logins).map(([host, login]) => `'${host}') ${answer(host, login)};;`);
  const rest = otherwise === undefined ? NOT_FOUND : answer('$host', otherwise);
  const script = [
    '#!/bin/sh',
    'host=$(cat)',
    `echo "$1 $host" >>'${log}'`,
    'case "$host" in',
    ...cases,
    `*) ${rest};;`,
    'esac',
    '',
  ];
  await writeFile(join(directory, 'docker-credential-fake'), script.join('\n'), { mode: 0o755 });
  return {
    directory,
    asked: async () =>
      (await readFile(log, 'utf8')).split('\n').flatMap((line) => /^get (.*)$/.exec(line)?.slice(1) ?? []),
    close: () => rm(directory, { recursive: true }),
  };
}

export interface Login {
  readonly user: string;
  readonly secret: string;
}

const NOT_FOUND = 'echo "credentials not found in native keychain"; exit 1';

function answer(host: string, { user, secret }: Login): string {
  return `echo '${JSON.stringify({ ServerURL: host, Username: user, Secret: secret })}'`;
}
