import { stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import { localName } from '../plan/local-name.ts';
import type { Pair } from '../plan/pairs.ts';
import { checkAddress, isRemoteAddress } from './context.ts';

/** A further build context, by the name that a Dockerfile calls it. */
export interface NamedContext {
  readonly name: string;
  /** What BuildKit is told: `docker-image://…`, a Git or HTTP address, or `local:NAME`. */
  readonly source: string;
  /** Set when the context is a directory of this machine. */
  readonly directory: string | undefined;
}

/**
 * Finds one of `buildContexts`.
 * @throws Failure `context-missing`, `input-invalid`, `path-outside`, `path-unreadable`
 */
export async function findNamedContext({ key: name, value }: Pair, workspace: string): Promise<NamedContext> {
  if (value.startsWith('docker-image://') || isRemoteAddress(value)) {
    return { name, source: checkAddress(value, 'buildContexts'), directory: undefined };
  }
  const directory = await findPath({ input: 'buildContexts', path: value, base: workspace, what: 'the workspace' });
  if (directory === undefined || !(await stat(directory)).isDirectory()) {
    throw new Failure({
      code: 'context-missing',
      message: `buildContexts: "${name}" is "${value}", which is ${directory === undefined ? 'not in the workspace' : 'no directory'}.`,
      hint: 'Give a directory, docker-image://IMAGE, or a Git or HTTP(S) address.',
    });
  }
  return { name, source: `local:${localName(name)}`, directory };
}
