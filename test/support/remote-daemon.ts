import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Authority, Issued } from './authority.ts';
import { mountsUnder } from './processes.ts';
import type { Toolchain } from './toolchain.ts';
import { waitFor } from './wait.ts';

/** A real buildkitd that a test runs by itself, as on another machine. */
export interface RemoteDaemon {
  /** `tcp://127.0.0.1:PORT`. */
  readonly address: string;
  /** `unix://PATH`, which needs no certificates. */
  readonly socket: string;
  readonly pid: number;
  /** What it has logged. */
  log(): string;
  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface RemoteDaemonOptions {
  readonly toolchain: Toolchain;
  /** Variables of the daemon. */
  readonly env?: Readonly<Record<string, string>>;
  /** Speaks TLS with this certificate, and lets in whom the authority has signed. */
  readonly tls?: { readonly authority: Authority; readonly server: Issued };
}

export async function startRemoteDaemon({ toolchain, env: own = {}, tls }: RemoteDaemonOptions): Promise<RemoteDaemon> {
  const directory = await mkdtemp('/tmp/bka-remote-');
  const socket = `unix://${directory}/bk.sock`;
  const logFile = join(directory, 'log');
  const output = openSync(logFile, 'a');
  const certificates =
    tls === undefined
      ? []
      : ['--tlscacert', tls.authority.caFile, '--tlscert', tls.server.certFile, '--tlskey', tls.server.keyFile];
  const args = [
    ...['--addr', 'tcp://127.0.0.1:0', '--addr', socket, '--root', join(directory, 'root'), '--config', '/dev/null'],
    ...['--otel-socket-path', join(directory, 'otel.sock'), '--containerd-worker=false', '--oci-worker=true'],
    ...['--oci-worker-binary', toolchain.runc, ...certificates],
  ];
  const env = { ...own, PATH: `${toolchain.directory}:${process.env.PATH}` };
  const daemon = spawn(toolchain.buildkitd, args, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = once(daemon, 'exit');
  const log = () => readFileSync(logFile, 'utf8');
  const port = () => /running server on 127\.0\.0\.1:(\d+)/.exec(log())?.[1];
  await waitFor(() => port() !== undefined || daemon.exitCode !== null, 'the daemon');
  if (daemon.exitCode !== null) {
    throw new Error(`buildkitd has ended: ${log()}`);
  }
  const kill = async () => {
    daemon.kill('SIGKILL');
    await ended;
  };
  return {
    address: `tcp://127.0.0.1:${port()}`,
    socket,
    pid: daemon.pid ?? 0,
    log,
    kill,
    close: async () => {
      // Three times ends it also in the middle of a build.
      for (let count = 0; count < 3 && daemon.exitCode === null && daemon.signalCode === null; count += 1) {
        daemon.kill('SIGTERM');
      }
      await ended;
      for (const path of mountsUnder(directory).reverse()) {
        await promisify(execFile)('umount', ['-l', path]);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}
