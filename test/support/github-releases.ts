import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { listen, stop } from './listen.ts';

/** A release as somebody has put it on GitHub. */
export interface PublishedRelease {
  readonly version: string;
  /** Default: 30 */
  readonly ageDays?: number;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  /** Content by file name. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** What the API says of a file in place of its own digest; undefined: nothing. */
  readonly digests?: Readonly<Record<string, string | undefined>>;
}

export interface GithubReleases {
  /** Base of the API. */
  readonly url: string;
  /** What is on GitHub; to be changed by tests. */
  releases: readonly PublishedRelease[];
  /** Files that are listed and answer with status 503. */
  broken: readonly string[];
  /** Paths that were asked for, and whether a token came along. */
  readonly requests: { readonly path: string; readonly authorized: boolean }[];
  close(): Promise<void>;
}

/** GitHub's list of releases of moby/buildkit, and their downloads, on loopback. */
export async function startGithubReleases(): Promise<GithubReleases> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    github.requests.push({ path, authorized: request.headers.authorization !== undefined });
    if (path.startsWith('/repos/moby/buildkit/releases?')) {
      const list = JSON.stringify(github.releases.map((release) => described(release, github.url)));
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(list);
      return;
    }
    const [version, name = ''] = path.split('/').slice(2);
    const file = github.releases.find((release) => release.version === version)?.files[name];
    const status = github.broken.includes(name) ? 503 : file === undefined ? 404 : 200;
    response.writeHead(status, { connection: 'close' }).end(status === 200 ? file : 'no');
  });
  const github: GithubReleases = {
    url: `http://127.0.0.1:${await listen(server, { address: '127.0.0.1', port: 0 })}`,
    releases: [],
    broken: [],
    requests: [],
    close: () => stop(server),
  };
  return github;
}

function described(
  { version, ageDays = 30, draft = false, prerelease = false, files, digests }: PublishedRelease,
  url: string,
) {
  const digestOf = (name: string, file: Buffer) =>
    digests !== undefined && name in digests
      ? digests[name]
      : `sha256:${createHash('sha256').update(file).digest('hex')}`;
  return {
    tag_name: version,
    draft,
    prerelease,
    published_at: new Date(Date.now() - ageDays * 86_400_000).toISOString(),
    assets: Object.entries(files).map(([name, file]) => ({
      name,
      size: file.length,
      browser_download_url: `${url}/download/${version}/${name}`,
      digest: digestOf(name, file),
    })),
  };
}
