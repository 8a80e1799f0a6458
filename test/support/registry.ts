import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Toolchain } from './toolchain.ts';

/** A running registry that anyone may read from and write to. */
export interface Registry {
  /** For example "http://127.0.0.1:40123". */
  readonly url: string;
  /** What image references start with, for example "127.0.0.1:40123". */
  readonly host: string;
  /** Directory of all that it stores. */
  readonly storage: string;
  /** Ends the registry and removes what it stored. */
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

/**
 * Starts the CNCF registry on a free loopback port, with storage of its own. Deleting is allowed.
 * @throws Error with the end of the registry's log when it does not come up
 */
export async function startRegistry({ toolchain }: { readonly toolchain: Toolchain }): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-registry-'));
  const logFile = join(directory, 'registry.log');
  const storage = join(directory, 'storage');
  writeFileSync(join(directory, 'config.yml'), stringify(configuration(storage)));
  const log = openSync(logFile, 'a');
  const child = spawn(toolchain.registry, ['serve', join(directory, 'config.yml')], {
    stdio: ['ignore', log, log],
    // Nothing of the caller's environment: REGISTRY_* variables would change the configuration.
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  closeSync(log);
  const discard = () => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  // A test run that fails before it closes the registry leaves nothing behind either.
  process.once('exit', discard);

  const close = async () => {
    await end(child);
    process.removeListener('exit', discard);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const host = await untilReady(child, logFile);
    return { url: `http://${host}`, host, storage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function configuration(rootdirectory: string) {
  return {
    version: '0.1',
    // The line with the port that the system chose is logged at this level.
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  };
}

async function untilReady(child: ChildProcess, logFile: string): Promise<string> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (failure === undefined && child.exitCode === null && performance.now() < deadline) {
    const host = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(logFile, 'utf8'))?.[1];
    if (host !== undefined && (await answers(host))) {
      return host;
    }
    await sleep(5);
  }
  const logged = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
  throw new Error(`The registry did not start: ${failure?.message ?? logged}`, { cause: failure });
}

async function answers(host: string): Promise<boolean> {
  try {
    return (await fetch(`http://${host}/v2/`)).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
