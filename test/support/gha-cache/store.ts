import { randomUUID } from 'node:crypto';

/** What a job has stored under a key. A key is never stored under twice, not even when its upload was not ended. */
export interface Entry {
  readonly id: string;
  readonly key: string;
  readonly version: string;
  /** The branch or pull request of the job. */
  readonly scope: string;
  readonly blocks: Map<string, Buffer>;
  bytes: Buffer;
  /** Nobody finds it before. */
  finished: boolean;
}

export interface Store {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** @returns undefined when the key is taken */
  reserve(entry: Pick<Entry, 'key' | 'version' | 'scope'>): Entry | undefined;
  /** The newest finished entry whose key starts with one of these, in the first scope that has one. */
  find(query: {
    readonly keys: readonly string[];
    readonly version: string;
    readonly scopes: readonly string[];
  }): Entry | undefined;
}

export function createStore(): Store {
  const entries: Entry[] = [];
  return {
    entries,
    reserve: ({ key, version, scope }) => {
      if (entries.some((one) => one.key === key && one.version === version && one.scope === scope)) {
        return undefined;
      }
      const entry = {
        id: randomUUID(),
        key,
        version,
        scope,
        blocks: new Map(),
        bytes: Buffer.alloc(0),
        finished: false,
      };
      entries.push(entry);
      return entry;
    },
    find: ({ keys, version, scopes }) => {
      const visible = entries.filter((one) => one.finished && one.version === version);
      const fits = (scope: string) =>
        visible.findLast((one) => one.scope === scope && keys.some((key) => one.key.startsWith(key)));
      return scopes.map(fits).find((entry) => entry !== undefined);
    },
  };
}
