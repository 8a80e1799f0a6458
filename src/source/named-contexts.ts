import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { findPath, leaves } from '../paths.ts';
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
  /** As it was given, when the directory is one of a clone that is not there yet. */
  readonly inClone?: Pair;
}

/**
 * Finds one of `buildContexts`.
 * @param options.cloneTo directory that a clone will fill: what is below it is looked for when it is there
 * @throws Failure `context-missing`, `input-invalid`, `path-outside`, `path-unreadable`
 */
export async function findNamedContext(
  pair: Pair,
  { workspace, cloneTo }: { readonly workspace: string; readonly cloneTo?: string | undefined },
): Promise<NamedContext> {
  const { key: name, value } = pair;
  if (value.startsWith('docker-image://') || isRemoteAddress(value)) {
    return { name, source: checkAddress(value, 'buildContexts'), directory: undefined };
  }
  if (cloneTo !== undefined && !leaves(cloneTo, resolve(workspace, value))) {
    return { name, source: `local:${localName(name)}`, directory: undefined, inClone: pair };
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
