import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseJson } from '../json.ts';

/** A BuildKit that can be asked. */
export interface Askable {
  readonly buildctl: string;
  /** Address for buildctl. */
  readonly address: string;
}

/**
 * Asks BuildKit with `buildctl debug`.
 * @returns the lines of the answer
 * @throws Error when there is no answer
 */
export async function* askBuildkit({ buildctl, address }: Askable, ...args: readonly string[]): AsyncGenerator<string> {
  const child = spawn(buildctl, ['--addr', address, 'debug', ...args], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
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
export async function askBuildkitJson(builder: Askable, ...args: readonly string[]): Promise<unknown> {
  const lines: string[] = [];
  for await (const line of askBuildkit(builder, ...args)) {
    lines.push(line);
  }
  return parseJson(lines.join('\n'));
}
