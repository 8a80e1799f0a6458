import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Example, openExample } from './kubernetes.ts';
import type { Toolchain } from './toolchain.ts';
import { waitFor } from './wait.ts';

/** The daemon of the Kubernetes example, without Kubernetes. */
export interface ExampleDaemon {
  readonly example: Example;
  /** For example tcp://127.0.0.1:40123. */
  readonly address: string;
  /** The socket that only the daemon's own pod would have. */
  readonly socket: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

/**
 * Starts buildkitd with the configuration of the example, in which only the places are others: a free port of loopback, and files
 * of its own. The certificates are those of the example's script.
 */
export async function startExampleDaemon({ buildkitd, directory: programs }: Toolchain): Promise<ExampleDaemon> {
  const example = await openExample();
  const directory = await mkdtemp('/tmp/bka-fleet-');
  const configuration = join(directory, 'buildkitd.toml');
  await writeFile(configuration, await configurationFor(example, directory));
  const log = join(directory, 'log');
  const output = openSync(log, 'a');
  const daemon = spawn(buildkitd, ['--config', configuration, '--otel-socket-path', join(directory, 'otel.sock')], {
    stdio: ['ignore', output, output],
    env: { PATH: `${programs}:${process.env.PATH}` },
  });
  closeSync(output);
  const port = () => /running server on 127\.0\.0\.1:(\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
  const close = async () => {
    await end(daemon);
    await rm(directory, { recursive: true });
    await example.close();
  };
  await waitFor(() => port() !== undefined || daemon.exitCode !== null, 'the daemon');
  if (daemon.exitCode !== null) {
    throw new Error(`buildkitd ended: ${readFileSync(log, 'utf8')}`);
  }
  const socket = `unix://${directory}/run/buildkitd.sock`;
  return { example, address: `tcp://127.0.0.1:${port()}`, socket, process: daemon, close };
}

async function configurationFor(example: Example, directory: string): Promise<string> {
  const text = await readFile(join(example.directory, 'base/buildkitd.toml'), 'utf8');
  return Object.entries({
    '"/var/lib/buildkit/data"': `"${directory}/data"`,
    'unix:///run/buildkit/': `unix://${directory}/run/`,
    'tcp://:1234': 'tcp://127.0.0.1:0',
    '/etc/buildkit-certificates/': `${example.directory}/certificates/server/`,
  }).reduce((result, [place, other]) => {
    if (!result.includes(place)) {
      throw new Error(`The configuration of the example has no ${place}`);
    }
    return result.replaceAll(place, other);
  }, text);
}

/** The third signal ends it even when a build still runs. */
async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) {
    return;
  }
  const ended = once(daemon, 'exit');
  for (const _ of [1, 2, 3]) {
    daemon.kill('SIGTERM');
    await promisify(setTimeout)(50);
  }
  await ended;
}

/** What buildctl shows a daemon of itself: the directory of ca.pem, cert.pem and key.pem, and whom it expects. */
export interface ClientOptions {
  readonly ca?: string;
  readonly certificate?: string;
  readonly serverName?: string;
}

/** The arguments of buildctl that come first: the address and its TLS. */
export function clientArguments(address: string, { ca, certificate, serverName }: ClientOptions): string[] {
  return [
    ...['--addr', address],
    ...(ca === undefined ? [] : ['--tlscacert', ca]),
    ...(certificate === undefined
      ? []
      : ['--tlscert', join(certificate, 'cert.pem'), '--tlskey', join(certificate, 'key.pem')]),
    ...(serverName === undefined ? [] : ['--tlsservername', serverName]),
  ];
}

/** Runs buildctl. @throws Error with what it printed, when it fails */
export async function runBuildctl({ buildctl }: Toolchain, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(buildctl, args, { env: { PATH: process.env.PATH } });
  return stdout + stderr;
}
