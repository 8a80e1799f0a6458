import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { TlsInputs } from '../inputs/remote.ts';
import { at, parseJson, textAt } from '../json.ts';
import type { StepScratch } from '../machine/step.ts';
import { type BuildkitHost, type Machines, rankHosts } from '../plan/buildkit-hosts.ts';
import { formatPlatform } from '../plan/platforms.ts';
import type { Environment } from '../runner.ts';
import type { Builder } from './builder.ts';
import type { Client } from './client.ts';
import { explainConnection, isSilence } from './connection-errors.ts';

/** What is needed to get to a daemon elsewhere. */
export interface RemoteAccess {
  readonly buildctl: string;
  /** Arguments with the certificates, for addresses that are spoken to with TLS. */
  readonly tls: readonly string[];
  readonly env: Environment;
  readonly log: (line: string) => void;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** What a daemon says of itself. */
interface Answer {
  readonly version: string;
  /** Of its machine, the own one first. */
  readonly platforms: readonly string[];
}

/** Seconds that buildctl waits for a connection, and milliseconds for its whole answer: programs such as kubectl have no end of their own. */
const CONNECT_TIMEOUT = 5;
const ANSWER_TIMEOUT = 15_000;

/** What buildctl itself is not given: secrets of the step, and an address that would win nothing. */
const WITHHELD = /^(?:INPUT_|STATE_|ACTIONS_|AWS_|BUILDKIT_HOST$|DOCKER_AUTH_CONFIG$|OTEL_)/;

/**
 * Puts certificates where only this user may read them.
 * @returns arguments for buildctl; none without certificates
 */
export async function placeCertificates(
  { ca, cert, key, serverName }: TlsInputs,
  { directory }: Pick<StepScratch, 'directory'>,
): Promise<string[]> {
  const place = join(directory, 'tls');
  await mkdir(place, { recursive: true, mode: 0o700 });
  const files = [
    ['--tlscacert', 'ca.pem', ca],
    ['--tlscert', 'cert.pem', cert],
    ['--tlskey', 'key.pem', key],
  ] as const;
  const placed = files.map(async ([flag, name, text]) => {
    if (text === undefined) {
      return [];
    }
    await writeFile(join(place, name), text, { mode: 0o600 });
    return [flag, join(place, name)];
  });
  return [...(await Promise.all(placed)).flat(), ...(serverName === undefined ? [] : ['--tlsservername', serverName])];
}

/**
 * Opens the first of some machines that answers, in the order in which a repository prefers them. One that does not is passed over with a
 * warning, as long as there is another one; also later, when it goes away in the middle of a build.
 * @param key what is built
 * @throws Failure `daemon-unreachable`
 */
export async function openMachines(
  { platforms, hosts }: Machines,
  { key, access }: { readonly key: string; readonly access: RemoteAccess },
): Promise<Builder> {
  return openFirst(rankHosts(hosts, key), { platforms, access, problems: [] });
}

async function openFirst(
  [host, ...others]: readonly BuildkitHost[],
  options: {
    readonly platforms: readonly string[];
    readonly access: RemoteAccess;
    readonly problems: readonly Failure[];
  },
): Promise<Builder> {
  const { platforms, access, problems } = options;
  if (host === undefined) {
    throw unreachable(problems);
  }
  const client = clientOf(host, access);
  const answer = await ask(client, host);
  if (answer instanceof Failure) {
    if (others.length > 0 && !access.signal.aborted) {
      access.warn(`${answer.message} Another address is tried.`);
    }
    return openFirst(others, { ...options, problems: [...problems, answer] });
  }
  access.log(`BuildKit ${answer.version} at ${host.address}`);
  const [own] = answer.platforms;
  return {
    client,
    platforms: platforms.length > 0 || own === undefined ? platforms : [own],
    // What else it can run, an emulator of BuildKit's included, it does not tell: each of them counts as emulated, and none as impossible.
    emulation: { emulated: platforms.filter((platform) => own !== undefined && !isOwn(platform, own)), unable: [] },
    place: host.address,
    isThere: async (signal) => {
      const said = await question(client, signal);
      return typeof said !== 'string' || !isSilence(said);
    },
    next: others.length === 0 ? undefined : () => openFirst(others, { ...options, problems: [] }),
  };
}

/** Every amd64 machine runs 386. */
function isOwn(platform: string, own: string): boolean {
  const [os, architecture] = platform.split('/');
  const [ownOs, ownArchitecture] = own.split('/');
  return os === ownOs && (architecture === ownArchitecture || (architecture === '386' && ownArchitecture === 'amd64'));
}

function clientOf(host: BuildkitHost, { buildctl, tls, env }: RemoteAccess): Client {
  const isTls = host.address.startsWith('tcp://') && !host.isInsecure;
  return {
    buildctl,
    connection: ['--addr', host.address, ...(isTls ? tls : [])],
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.test(name))),
  };
}

/** How often a program that reaches a daemon is asked for its words. */
const ASKS = 4;

/** Asks a daemon what it is: nothing but an answer tells that it is there and lets this client in. */
async function ask(client: Client, host: BuildkitHost, left = ASKS): Promise<Answer | Failure> {
  const said = await question(client);
  // Where kubectl or docker ends before anything was written to it, buildctl does not tell what it has said.
  if (typeof said === 'string' && left > 1 && /broken pipe/.test(said) && !/^tcp:|stderr=/m.test(host.address + said)) {
    return ask(client, host, left - 1);
  }
  return typeof said === 'string' ? explainConnection(said, host) : readAnswer(said.answer, host);
}

/** @returns the answer; without one, what buildctl says of that */
function question(
  { buildctl, connection, env }: Client,
  signal?: AbortSignal,
): Promise<string | { readonly answer: string }> {
  const args = [...connection, '--timeout', String(CONNECT_TIMEOUT), 'debug', 'workers', '--format', '{{json .}}'];
  return new Promise((resolve) => {
    const options = { env, timeout: ANSWER_TIMEOUT, killSignal: 'SIGKILL', ...(signal && { signal }) } as const;
    execFile(buildctl, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ answer: stdout });
        return;
      }
      const why = error.killed ? `no answer after ${ANSWER_TIMEOUT / 1000} s` : '';
      // Only what the system says of a program that cannot be started is of use: else it is the command line.
      resolve([why, stderr, typeof error.code === 'string' ? error.message : ''].filter(Boolean).join('. '));
    });
  });
}

function readAnswer(stdout: string, host: BuildkitHost): Answer | Failure {
  try {
    const workers = parseJson(stdout);
    const [worker]: unknown[] = Array.isArray(workers) ? workers : [];
    const platforms = at(worker, 'platforms');
    return {
      version: textAt(worker, 'buildkitVersion', 'version') ?? 'of an unknown version',
      platforms: (Array.isArray(platforms) ? platforms : []).map((platform: unknown) => {
        const variant = textAt(platform, 'variant');
        return formatPlatform({
          os: textAt(platform, 'os') ?? '',
          architecture: textAt(platform, 'architecture') ?? '',
          ...(variant === undefined ? {} : { variant }),
        });
      }),
    };
  } catch {
    return explainConnection(`an answer that is no JSON: ${stdout}`, host);
  }
}

/** Of one address, why it is not there; of several, all of it together. */
function unreachable([first, ...others]: readonly Failure[]): Failure {
  if (first === undefined) {
    throw new Error('machines have at least one address');
  }
  return others.length === 0
    ? first
    : new Failure({
        code: first.code,
        message: [first, ...others].map(({ message }) => message).join('\n'),
        hint: first.hint,
        cause: first,
      });
}
