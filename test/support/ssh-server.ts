import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { listen, stop } from './listen.ts';
import { findProgram } from './programs.ts';
import { makeSshKey, type SshKey } from './ssh-agent.ts';
import { waitFor } from './wait.ts';

/** A real sshd that lets root in with one key. */
export interface SshServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Address of a repository of this machine. */
  address(path: string): string;
  /** What opens it: the text of the private key. */
  readonly key: string;
  /** A key that opens nothing. */
  readonly otherKey: string;
  readonly keyFile: SshKey;
  /** Its own line of known_hosts, and one with a key that it does not have. */
  readonly knownHosts: string;
  readonly otherKnownHosts: string;
  /** What it has logged. */
  log(): string;
  close(): Promise<void>;
}

/** @param options.command runs in place of what a client asks for */
export async function startSshServer({ command }: { readonly command?: string } = {}): Promise<SshServer> {
  const directory = await mkdtemp('/tmp/bka-sshd-');
  const [hostKey, otherHostKey, keyFile, otherKeyFile] = await Promise.all(
    ['host', 'other-host', 'client', 'other-client'].map((name) => makeSshKey(directory, name)),
  );
  if (!hostKey || !otherHostKey || !keyFile || !otherKeyFile) {
    throw new Error('Four keys were made');
  }
  const port = await freePort();
  await writeFile(join(directory, 'authorized_keys'), `${keyFile.publicKey}\n`);
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey.path}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    `SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*`,
    ...(command === undefined ? [] : [`ForceCommand ${command}`]),
  ];
  await writeFile(join(directory, 'sshd_config'), `${config.join('\n')}\n`);
  // Where sshd shuts itself in; the start script of the package makes it.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  // It starts itself again for every connection, and wants to know where it is.
  const program = findProgram('sshd') ?? '/usr/sbin/sshd';
  const sshd = spawn(program, ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: Buffer[] = [];
  sshd.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
  await waitFor(() => sshd.exitCode !== null || answers(port), 'sshd');
  const log = () => Buffer.concat(lines).toString();
  if (sshd.exitCode !== null) {
    throw new Error(`sshd has ended: ${log()}`);
  }
  const host = `127.0.0.1:${port}`;
  return {
    host,
    address: (path) => `ssh://root@${host}${path}`,
    key: await readFile(keyFile.path, 'utf8'),
    otherKey: await readFile(otherKeyFile.path, 'utf8'),
    keyFile,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey}\n`,
    otherKnownHosts: `[127.0.0.1]:${port} ${otherHostKey.publicKey}\n`,
    log,
    close: async () => {
      const ended = once(sshd, 'exit');
      sshd.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  await stop(server);
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => socket.destroy());
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}
