import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GithubReleases, type PublishedRelease, startGithubReleases } from './github-releases.ts';
import { type Ended, runProgram } from './program-run.ts';
import { type HttpProxy, startProxy } from './proxy.ts';
import { type Sigstore, startSigstore } from './sigstore.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** The table and the README of a project, of the day when v0.33.0 was the newest version of BuildKit. */
export interface Project {
  readonly root: string;
  /** What the scripts may change: texts of README and table. */
  state(): Promise<readonly [readme: string, table: string]>;
}

export async function openProject(): Promise<Project & { remove(): Promise<void> }> {
  const root = await mkdtemp('/tmp/bka-project-');
  await mkdir(join(root, 'src/buildkit'), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await copyFile(join(ROOT, 'README.md'), join(root, 'README.md'));
  const checksums = (digit: string) => ({ 'linux-amd64': digit.repeat(64), 'linux-arm64': digit.repeat(64) });
  const releases = { 'v0.33.0': checksums('3'), 'v0.32.2': checksums('2'), 'v0.31.2': checksums('1') };
  await writeFile(join(root, 'src/buildkit/releases.json'), JSON.stringify({ default: 'v0.32.2', releases }));
  const read = (name: string) => readFile(join(root, name), 'utf8');
  return {
    root,
    state: async () => [await read('README.md'), await read('src/buildkit/releases.json')],
    remove: () => rm(root, { recursive: true }),
  };
}

/** Where versions are proposed: GitHub's releases and Sigstore on loopback. */
export interface ProposalBed {
  readonly github: GithubReleases;
  readonly sigstore: Sigstore;
  /** Whom the script has asked beside them. It reaches nobody. */
  readonly proxy: HttpProxy;
  /** Runs the script for a project, with these releases on GitHub. It has to leave no temporary files. */
  propose(project: Project, releases: readonly PublishedRelease[], options?: ProposeOptions): Promise<Proposed>;
  close(): Promise<void>;
}

export interface ProposeOptions {
  /** In place of that of the Sigstore here; null: the public one is asked, which the proxy refuses. */
  readonly trustedRoot?: unknown;
  /** Below the API's address. */
  readonly api?: string;
}

export interface Proposed extends Ended {
  /** Undefined where nothing is proposed. */
  readonly message: string | undefined;
}

export async function startProposalBed(): Promise<ProposalBed> {
  const [github, sigstore, proxy] = await Promise.all([startGithubReleases(), startSigstore(), startProxy()]);
  return {
    github,
    sigstore,
    proxy,
    propose: async ({ root }, releases, { trustedRoot = sigstore.trustedRoot, api = '' } = {}) => {
      github.releases = releases;
      const trusted = join(root, 'trusted-root.json');
      const message = join(root, 'message');
      const tmp = join(root, 'tmp');
      await writeFile(trusted, JSON.stringify(trustedRoot));
      const script = join(ROOT, 'scripts/propose-buildkit.ts');
      const options = ['--root', root, '--api', github.url + api, '--message', message];
      const trust = trustedRoot === null ? [] : ['--trusted-root', trusted];
      const outside = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
      const env = { PATH: process.env.PATH ?? '', HOME: root, TMPDIR: tmp, GITHUB_TOKEN: 'fake-token', ...outside };
      const ended = await runProgram([process.execPath, script, ...options, ...trust], { cwd: root, env });
      const left = await readdir(tmp);
      if (left.length > 0) {
        throw new Error(`${left.join(', ')} is left behind`);
      }
      return { ...ended, message: await readFile(message, 'utf8').catch(() => undefined) };
    },
    close: async () => {
      await Promise.all([github, sigstore, proxy].map((server) => server.close()));
    },
  };
}
