import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { at, parseJson, textAt } from '../../../src/json.ts';
import { listen, stop } from '../listen.ts';
import { answerBlob, BLOBS } from './blobs.ts';
import { createStore, type Entry } from './store.ts';
import { runtimeToken, type Scope, scopesOf } from './token.ts';

/** A stand-in for the cache service of GitHub Actions. */
export interface CacheService {
  /** What runners of GitHub give to actions, for a job that may use these caches. */
  variables(scopes?: readonly Scope[]): Record<string, string>;
  /** Every finished entry, oldest first. */
  entries(): readonly Pick<Entry, 'key' | 'scope' | 'bytes'>[];
  /** Methods of the service that were called so far, in their order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

const SERVICE = '/twirp/github.actions.results.api.v1.CacheService/';
const MAIN = [{ scope: 'refs/heads/main', write: true }];

/**
 * Starts it on loopback. It speaks the second version of the service, the one that GitHub runs, as far as BuildKit's client
 * (github.com/tonistiigi/go-actions-cache) uses it, and keeps everything in memory.
 */
export async function startCacheService(): Promise<CacheService> {
  const store = createStore();
  const calls: string[] = [];
  const server = createServer();
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${port}`;
  const blobUrl = ({ id }: Entry) => `${origin}${BLOBS}${id}`;

  const methods: Readonly<Record<string, (input: unknown, scopes: readonly Scope[]) => Answer>> = {
    GetCacheEntryDownloadURL: (input, scopes) => {
      const restoreKeys = at(input, 'restore_keys');
      const keys = [textAt(input, 'key') ?? '', ...(Array.isArray(restoreKeys) ? restoreKeys.map(String) : [])];
      const version = textAt(input, 'version') ?? '';
      const entry = store.find({ keys, version, scopes: scopes.map(({ scope }) => scope) });
      return entry === undefined
        ? ok({ ok: false })
        : ok({ ok: true, signed_download_url: blobUrl(entry), matched_key: entry.key });
    },
    CreateCacheEntry: (input, scopes) => {
      const own = scopes.find(({ write }) => write);
      if (own === undefined) {
        return { status: 403, json: { code: 'permission_denied', msg: 'cache write denied' } };
      }
      const request = { key: textAt(input, 'key') ?? '', version: textAt(input, 'version') ?? '', scope: own.scope };
      const entry = store.reserve(request);
      return entry === undefined
        ? { status: 409, json: { code: 'already_exists', msg: 'cache entry with the same key, version, and scope' } }
        : ok({ ok: true, signed_upload_url: blobUrl(entry) });
    },
    FinalizeCacheEntryUpload: (input, scopes) => {
      const entry = store.entries.find(
        ({ key, scope }) => key === textAt(input, 'key') && scopes.some((one) => one.write && one.scope === scope),
      );
      if (entry === undefined || String(at(input, 'size_bytes')) !== String(entry.bytes.length)) {
        return { status: 400, json: { code: 'invalid_argument', msg: 'the upload is not what it should be' } };
      }
      entry.finished = true;
      return ok({ ok: true, entry_id: String(store.entries.indexOf(entry) + 1) });
    },
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void buffer(request).then((body) => {
      const url = new URL(request.url ?? '/', origin);
      if (url.pathname.startsWith(BLOBS)) {
        answerBlob({ request, response, url, body }, store);
        return;
      }
      const name = url.pathname.slice(SERVICE.length);
      const method = url.pathname.startsWith(SERVICE) && Object.hasOwn(methods, name) ? methods[name] : undefined;
      const scopes = scopesOf(request.headers.authorization);
      calls.push(name);
      send(response, scopes === undefined ? DENIED : (method?.(parseJson(body.toString()), scopes) ?? UNKNOWN));
    });
  });

  return {
    variables: (scopes = MAIN) => ({
      ACTIONS_CACHE_SERVICE_V2: 'True',
      ACTIONS_RESULTS_URL: `${origin}/`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(scopes),
    }),
    entries: () => store.entries.filter(({ finished }) => finished),
    calls,
    close: () => stop(server),
  };
}

interface Answer {
  readonly status: number;
  readonly json: object;
}

const DENIED: Answer = { status: 401, json: { code: 'unauthenticated', msg: 'no token' } };
const UNKNOWN: Answer = { status: 404, json: { code: 'bad_route', msg: 'the stand-in does not know this' } };

function ok(json: object): Answer {
  return { status: 200, json };
}

function send(response: ServerResponse, { status, json }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}
