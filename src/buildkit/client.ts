import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseJson } from '../json.ts';

/** How buildctl is started for one daemon. */
export interface Client {
  readonly buildctl: string;
  /** Arguments before the command: the address, and what it takes to be let in. */
  readonly connection: readonly string[];
  /** Variables of the programs by which some daemons are reached, such as KUBECONFIG. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A daemon behind a socket of this machine. */
export function localClient(buildctl: string, address: string): Client {
  return { buildctl, connection: ['--addr', address], env: {} };
}

/** Milliseconds for a whole answer: a daemon that is stuck gives none, and buildctl would wait for ever. */
const ANSWER_TIMEOUT = 60_000;

/**
 * Asks BuildKit with `buildctl debug`.
 * @returns the lines of the answer
 * @throws Error when there is no answer
 */
export async function* askBuildkit(
  { buildctl, connection, env }: Client,
  ...args: readonly string[]
): AsyncGenerator<string> {
  const child = spawn(buildctl, [...connection, 'debug', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: ANSWER_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  yield* createInterface({ input: child.stdout });
  const [code] = await closed;
  if (code !== 0) {
    throw new Error(`buildctl debug ${args[0]} ended with ${code}`);
  }
}

/**
 * Asks for one JSON value, which may take several lines.
 * @throws Error when there is no answer
 */
export async function askBuildkitJson(client: Client, ...args: readonly string[]): Promise<unknown> {
  const lines: string[] = [];
  for await (const line of askBuildkit(client, ...args)) {
    lines.push(line);
  }
  return parseJson(lines.join('\n'));
}
