import type { IncomingMessage } from 'node:http';
import type { Context } from './context.ts';
import type { Entry } from './log.ts';
import type { RegistryPath } from './registry-path.ts';

/** A request at the door of a registry. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly scheme: 'http' | 'https';
  readonly context: Context;
  /** Learns who asks and what was checked. */
  readonly entry: Entry;
}

/** A registry that was entered: who asks is known, or nobody in particular where that is enough. */
export interface Entrance {
  /**
   * The repository that a request is about. As in AWS, permissions come before existence.
   * @param actions that have to be permitted, without prefix: "PutImage"
   * @throws RegistryRefusal DENIED or NAME_UNKNOWN
   * @throws Challenge where it takes somebody in particular
   */
  open(path: RegistryPath, actions: readonly string[]): OpenedRepository;
}

export interface OpenedRepository {
  /** As clients write it; in a public registry with the alias. */
  readonly name: string;
  /** Its name in the real registry behind. */
  readonly storage: string;
  /** What is said to a push that would move this tag; undefined when it may move. */
  refuseMove(tag: string): string | undefined;
  /** The name in the real registry of a repository whose blobs may be taken over. */
  mountSource(name: string): string | undefined;
}
