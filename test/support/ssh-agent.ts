import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);

/** A key that only this test knows. */
export interface SshKey {
  /** Path of the private key, without a passphrase. */
  readonly path: string;
  /** `ssh-ed25519 AAAA…`, without the comment. */
  readonly publicKey: string;
}

export interface SshAgent extends SshKey {
  /** Value for SSH_AUTH_SOCK. */
  readonly socket: string;
  close(): Promise<void>;
}

/** Makes a key in a directory that exists. */
export async function makeSshKey(directory: string, name = 'id_test'): Promise<SshKey> {
  const path = join(directory, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  const publicKey = (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  return { path, publicKey };
}

/** Starts an agent that has a fresh key. */
export async function startSshAgent(): Promise<SshAgent> {
  const directory = await mkdtemp('/tmp/bka-agent-');
  const key = await makeSshKey(directory);
  const socket = join(directory, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  await waitFor(
    () =>
      stat(socket).then(
        () => true,
        () => false,
      ),
    'the agent',
  );
  await run('ssh-add', ['-q', key.path], { env: { PATH: process.env.PATH, SSH_AUTH_SOCK: socket } });
  return {
    ...key,
    socket,
    close: async () => {
      const ended = once(agent, 'exit');
      agent.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Puts ssh-add and the libraries that it needs into a directory, for an image that has neither.
 * @returns how to start it from there, as the beginning of a shell command
 */
export async function copySshAdd(directory: string, mountedAt: string): Promise<string> {
  const program = findProgram('ssh-add') ?? 'ssh-add';
  const { stdout } = await run('ldd', [program]);
  const libraries = stdout.match(/\/\S+(?= \(0x)/g) ?? [];
  const loader = libraries.find((path) => /\/ld-linux/.test(path)) ?? '';
  await mkdir(directory, { recursive: true });
  await Promise.all([program, ...libraries].map((path) => copyFile(path, join(directory, basename(path)))));
  return `${mountedAt}/${basename(loader)} --library-path ${mountedAt} ${mountedAt}/${basename(program)}`;
}
