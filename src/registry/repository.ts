import { createHash } from 'node:crypto';
import { Failure } from '../failure.ts';
import { parseJson, textAt } from '../json.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { isLoopback } from '../plan/hosts.ts';
import { MANIFEST_TYPES } from '../plan/manifest.ts';
import { formatRepository, type Repository } from '../plan/reference.ts';
import { accepted, distorted, isTokenRefused, unreachable } from './answers.ts';
import { bearerToken } from './bearer.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';

/** A manifest or index, as its bytes are. */
export interface Manifest {
  /** `sha256:…` of the text. */
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/** A repository behind the registry API. Source: OCI distribution specification. */
export interface RemoteRepository {
  readonly name: Repository;
  /**
   * @param reference tag or digest
   * @returns undefined when it is not there
   */
  manifest(reference: string): Promise<Manifest | undefined>;
  /** Reads a blob that is text, such as an image's configuration. */
  blob(digest: string): Promise<string>;
  put(tag: string, manifest: Manifest): Promise<void>;
  /** Begins an upload and takes it back: what a push would be refused for is known before anything is built. */
  tryUpload(): Promise<void>;
}

/** How a repository is asked, and as whom. */
export interface RepositoryAccess {
  /** `AWS:<password>` in base64. */
  readonly auth: string;
  /** Gets another one in place of what the registry takes no longer; undefined when there is none. */
  readonly renew?: (() => Promise<string | undefined>) | undefined;
  readonly http: Http;
}

/** How many tokens of a repository may be refused: another one would be, too. */
const MOST_RENEWALS = 3;

/**
 * Opens a repository; nothing is asked before the first call. A token that is refused in the meantime is renewed.
 * Every call throws Failure `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`.
 */
export function openRepository(name: Repository, access: RepositoryAccess): RemoteRepository {
  const { http } = access;
  const base = new URL(`${isLoopback(name.host) ? 'http' : 'https'}://${name.host}/v2/${name.repository}/`);
  // ECR Public refuses the token of AWS itself, and says where to exchange it.
  const isPublic = parseEcrHost(name.host)?.kind === 'public';
  let auth = access.auth;
  let authorization = isPublic ? undefined : `Basic ${auth}`;
  let renewals = 0;
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    renewals += 1;
    try {
      auth = (await access.renew?.()) ?? auth;
      authorization = isPublic ? undefined : `Basic ${auth}`;
    } finally {
      renewing = undefined;
    }
  };
  const send = (path: string, request: Omit<HttpRequest, 'url'>) => {
    const headers = () => ({
      ...request.headers,
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    });
    const once = () => http.send({ ...request, url: new URL(path, base), headers: headers() });
    const exchanged = async (response: HttpResponse) => {
      const token = await bearerToken(response, { auth, http, base });
      authorization = token === undefined ? authorization : `Bearer ${token}`;
      return token === undefined ? response : once();
    };
    const used = auth;
    const renewed = async (response: HttpResponse) => {
      if (!isTokenRefused(response)) {
        return response;
      }
      // Others that were sent with the same token have one new token.
      if (used === auth && renewals < MOST_RENEWALS) {
        renewing ??= renew();
        await renewing;
      }
      return used === auth ? response : once().then(exchanged);
    };
    return once()
      .then(exchanged)
      .then(renewed)
      .catch((cause: unknown) => {
        throw cause instanceof Failure ? cause : unreachable(name, cause);
      });
  };
  return {
    name,
    manifest: async (reference) => {
      const response = await send(`manifests/${reference}`, {
        method: 'GET',
        headers: { Accept: MANIFEST_TYPES.join(', ') },
      });
      if (response.status === 404 && !/NAME_UNKNOWN/.test(response.body)) {
        return undefined;
      }
      const { body: text, headers } = accepted(response, `${formatRepository(name)}:${reference}`);
      const digest = checkedDigest(text, { reference, name });
      return { digest, mediaType: mediaTypeOf(text, { header: headers['content-type'], name }), text };
    },
    blob: async (digest) => {
      const { body } = accepted(await send(`blobs/${digest}`, { method: 'GET', headers: {} }), formatRepository(name));
      checkedDigest(body, { reference: digest, name });
      return body;
    },
    put: async (tag, { mediaType, text }) => {
      const headers = { 'Content-Type': mediaType };
      const answer = await send(`manifests/${tag}`, { method: 'PUT', headers, body: text });
      // A page of a proxy is accepted, too, and nothing is created.
      if (accepted(answer, `${formatRepository(name)}:${tag}`).status !== 201) {
        throw distorted(name, `HTTP ${answer.status} to what should create ${tag}`);
      }
    },
    tryUpload: async () => {
      const begun = await send('blobs/uploads/', { method: 'POST', headers: {}, body: '' });
      const { location } = accepted(begun, formatRepository(name)).headers;
      // ECR forgets an upload by itself after a while, too. The login is for the registry alone.
      if (typeof location === 'string' && URL.parse(location, base.href)?.origin === base.origin) {
        await send(location, { method: 'DELETE', headers: {} }).catch(() => undefined);
      }
    },
  };
}

/** `sha256:…` of a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** What is asked for by digest has it, whatever lies between. */
function checkedDigest(text: string, { reference, name }: { reference: string; name: Repository }): string {
  const digest = digestOf(text);
  if (!reference.startsWith('sha256:') || reference === digest) {
    return digest;
  }
  throw distorted(name, `something else than ${reference}`);
}

/** A manifest says itself what it is; old ones leave it to the header. */
function mediaTypeOf(
  text: string,
  { header, name }: { header: string | string[] | undefined; name: Repository },
): string {
  try {
    return textAt(parseJson(text), 'mediaType') ?? String(header ?? '').replace(/;.*$/, '');
  } catch {
    throw distorted(name, 'something that is no manifest');
  }
}

interface Logins {
  readonly logins: readonly { readonly host: string; readonly auth: string }[];
  /** Gets new tokens for the same hosts. */
  readonly renew: () => Promise<Logins['logins']>;
}

/** Opens every repository with the login of its host. */
export function openRepositories(
  names: readonly Repository[],
  { logins, renew, http }: Logins & { readonly http: Http },
): RemoteRepository[] {
  return names.map((name) => {
    const login = logins.find(({ host }) => host === name.host);
    if (login === undefined) {
      throw new Error(`no login for ${name.host}`);
    }
    const renewed = async () => (await renew()).find(({ host }) => host === name.host)?.auth;
    return openRepository(name, { auth: login.auth, renew: renewed, http });
  });
}

/** The open repository of a name. */
export function repositoryOf(name: Repository, repositories: readonly RemoteRepository[]): RemoteRepository {
  const found = repositories.find((remote) => formatRepository(remote.name) === formatRepository(name));
  if (found === undefined) {
    throw new Error(`${formatRepository(name)} is not open`);
  }
  return found;
}
