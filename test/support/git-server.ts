import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { commitAll } from './bed.ts';
import type { Certificate } from './certificates.ts';
import { serveGit } from './git-http.ts';
import { type LfsObjects, serveLfs } from './git-lfs.ts';
import { listen, stop } from './listen.ts';

/** A repository and where it is served. */
export interface ServedRepository {
  /** Address that ends in `.git`. */
  readonly url: string;
  /** The one that its branch `main` points to. */
  readonly commit: string;
}

type Files = Readonly<Record<string, string>>;

/** A web server with Git repositories and archives. */
export interface GitServer {
  /** `127.0.0.1:PORT`, or `localhost:PORT` with a certificate. */
  readonly host: string;
  /** Scheme and host. */
  readonly origin: string;
  /** Directory of which every `NAME.git` is served. */
  readonly root: string;
  /** What was asked for, oldest first, and the value of the Authorization header of each. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** @param submodules path of each and what it is */
  addRepository(
    name: string,
    files: Files,
    submodules?: Readonly<Record<string, ServedRepository>>,
  ): Promise<ServedRepository>;
  /** @returns address of a tarball with these files */
  addArchive(name: string, files: Files): Promise<string>;
  close(): Promise<void>;
}

const run = promisify(execFile);

export interface GitServerOptions {
  /** `user:password` that every request has to come with; anybody may ask when it is not given. */
  readonly login?: string;
  /** Speaks HTTPS, as `localhost`. */
  readonly certificate?: Certificate;
  /** Gives out no single commits, as servers before version 2 of the protocol. */
  readonly isOld?: boolean;
  readonly lfs?: LfsObjects;
  /** Says where everything is in place of answering. */
  readonly movedTo?: string;
  /** Takes every request for a pack and never answers it. */
  readonly stalls?: boolean;
}

/** Starts one on loopback. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const { login, certificate, isOld = false, lfs = new Map(), movedTo, stalls = false } = options;
  const root = await mkdtemp('/tmp/bka-git-');
  const requests: { path: string; authorization: string | undefined }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { authorization } = request.headers;
    const path = request.url ?? '';
    requests.push({ path, authorization });
    if (login !== undefined && loginOf(authorization) !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    } else if (movedTo !== undefined) {
      response.writeHead(301, { location: `${movedTo}${path}` }).end();
    } else if (path.endsWith('.tar.gz')) {
      response.end(await readFile(join(root, path)));
    } else if (stalls && path.endsWith('/git-upload-pack')) {
      request.resume();
    } else if (!(await serveLfs(lfs, { request, response, origin }))) {
      await serveGit(root, request, response, { isOld });
    }
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response);
  };
  const server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  const host = certificate === undefined ? `127.0.0.1:${port}` : `localhost:${port}`;
  const origin = `${certificate === undefined ? 'http' : 'https'}://${host}`;
  return {
    host,
    origin,
    root,
    requests,
    addRepository: async (name, files, submodules = {}) => {
      const work = join(root, 'work', name);
      await writeFiles(work, files);
      const commit = await commitWithSubmodules(work, submodules);
      await run('git', ['clone', '--quiet', '--bare', work, join(root, `${name}.git`)]);
      return { url: `${origin}/${name}.git`, commit };
    },
    addArchive: async (name, files) => {
      await writeFiles(join(root, 'work', name), files);
      await run('tar', ['-czf', join(root, `${name}.tar.gz`), '-C', join(root, 'work', name), '.']);
      return `${origin}/${name}.tar.gz`;
    },
    close: async () => {
      await stop(server);
      await rm(root, { recursive: true });
    },
  };
}

/** `user:password` of a header, or undefined when it has none. */
export function loginOf(authorization: string | undefined): string | undefined {
  const { encoded } = /^basic (?<encoded>\S+)$/i.exec(authorization ?? '')?.groups ?? {};
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

async function commitWithSubmodules(
  work: string,
  submodules: Readonly<Record<string, ServedRepository>>,
): Promise<string> {
  const config = Object.entries(submodules).map(
    ([path, { url }]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`,
  );
  if (config.length > 0) {
    await writeFile(join(work, '.gitmodules'), config.join(''));
  }
  const commit = await commitAll(work, '2024-02-29T12:00:00Z');
  for (const [path, submodule] of Object.entries(submodules)) {
    await run('git', ['update-index', '--add', '--cacheinfo', `160000,${submodule.commit},${path}`], { cwd: work });
  }
  if (config.length === 0) {
    return commit;
  }
  await run('git', ['-c', 'user.name=c', '-c', 'user.email=c@example.com', 'commit', '--quiet', '-m', 'submodules'], {
    cwd: work,
  });
  return (await run('git', ['rev-parse', 'HEAD'], { cwd: work })).stdout.trim();
}

async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
