import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { type Certificate, makeCertificate } from '../support/certificates.ts';
import { lfsPointer } from '../support/git-lfs.ts';
import { addSubmodule, commitFiles, git, makeSampleRepository, publish } from '../support/git-repository.ts';
import { type GitServer, type GitServerOptions, loginOf, startGitServer } from '../support/git-server.ts';
import type { Job } from '../support/job.ts';
import { filesHolding } from '../support/leaks.ts';
import { openDirectory } from '../support/namespace.ts';
import { readLayerFile } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';

const TOKEN = 'fake_token_/+%0000000000';
const USER_PASSWORD = 'someone@example.com:fake:pass/word"1';
const LARGE = lfsPointer(Buffer.from('a large file'));

let bed: Bed;
let certificate: Certificate;
let authority: string;
let files: Record<string, string>;
const servers: GitServer[] = [];
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  certificate = await makeCertificate(['localhost']);
  authority = join(await openDirectory(), 'ca.pem');
  await writeFile(authority, certificate.ca);
  files = { Dockerfile: dockerfile(bed.baseImage, 'COPY . /src') };
});
afterAll(async () => {
  await bed.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function startServer(options: GitServerOptions = {}): Promise<GitServer> {
  const server = await startGitServer(options);
  servers.push(server);
  return server;
}

/** A server of HTTPS, as all services are, with a repository `app`. */
async function startService(options: GitServerOptions = {}): Promise<GitServer> {
  const server = await startServer({ certificate, ...options });
  await makeSampleRepository(server.root, { name: 'app', files });
  return server;
}

function job(): Promise<Job> {
  return bed.job({ files: {}, env: { GIT_SSL_CAINFO: authority } });
}

describe.each([
  ['github', TOKEN, `x-access-token:${TOKEN}`],
  ['gitlab', TOKEN, `oauth2:${TOKEN}`],
  ['bitbucket', TOKEN, `x-token-auth:${TOKEN}`],
  ['backlog', USER_PASSWORD, USER_PASSWORD],
  ['github', USER_PASSWORD, USER_PASSWORD],
])('a repository of %s', (repositoryKind, gitToken, login) => {
  it(`is cloned with ${login.split(':')[0]}, and the token is nowhere else`, async () => {
    const server = await startService({ login });
    const own = await job();
    const inputs = { gitCloneUrl: `${server.origin}/app.git`, repositoryKind, gitToken };
    const { result: built, arguments: seen } = await sampleArguments(() => buildIn(own, bed, inputs));
    expect(await readLayerFile({ ...built.image, path: 'src/revision.txt' })).toBe('main');
    expect(new Set(server.requests.map(({ authorization }) => loginOf(authorization)))).toEqual(
      new Set([undefined, login]),
    );

    const password = login.slice(login.indexOf(':') + 1);
    const forms = [gitToken, password, encodeURIComponent(password), Buffer.from(login).toString('base64')];
    const { log, summary, outputs, masks } = built.result;
    expect(masks).toEqual(expect.arrayContaining(forms));
    for (const form of forms) {
      for (const text of [log, summary, JSON.stringify(outputs)]) {
        expect(text).not.toContain(form);
      }
      expect([...seen].filter((argument) => argument.includes(form))).toEqual([]);
    }
    expect([...seen]).toContain('fetch');
    expect(await filesHolding(forms, [own.workspace, own.temp, own.home, ...own.scratch()])).toEqual([]);
    expect(await readFile(join(own.workspace, 'source/.git/config'), 'utf8')).toContain(
      `url = ${server.origin}/app.git`,
    );
  });

  it('is not cloned with a wrong token, of which nothing is shown', async () => {
    const server = await startService({ login: 'someone:else' });
    const inputs = { gitCloneUrl: `${server.origin}/app.git`, repositoryKind, gitToken };
    const { code, error, result } = await refuse(await job(), bed, inputs);
    expect([code, error.split('\n')[0]]).toEqual([
      'git-denied',
      `gitCloneUrl: ${server.host} does not take gitToken. Git says:`,
    ]);
    expect(result.log).not.toContain(login.slice(login.indexOf(':') + 1));
  });
});

describe('a Git address in pathToContext', () => {
  it('gets the token under the user of its service, too', async () => {
    const server = await startServer({ login: `oauth2:${TOKEN}` });
    await makeSampleRepository(server.root, { name: 'app', files });
    const { image } = await buildIn(await job(), bed, {
      pathToContext: `${server.origin}/app.git`,
      repositoryKind: 'gitlab',
      gitToken: TOKEN,
    });
    expect(await readLayerFile({ ...image, path: 'src/revision.txt' })).toBe('main');
  });
});

describe('a clone with a token', () => {
  const login = `x-access-token:${TOKEN}`;

  it('is not made without it', async () => {
    const server = await startService({ login });
    const { code, error } = await refuse(await job(), bed, { gitCloneUrl: `${server.origin}/app.git` });
    expect([code, error]).toEqual(['git-denied', expect.stringContaining(`${server.host} wants a login`)]);
    expect(error).toContain('Give gitToken.');
  });

  it('gives it to no host that it is sent on to', async () => {
    const other = await startService();
    const server = await startServer({ certificate, movedTo: other.origin, login });
    const inputs = { gitCloneUrl: `${server.origin}/app.git`, gitToken: TOKEN };
    const { image } = await buildIn(await job(), bed, inputs);
    expect(await readLayerFile({ ...image, path: 'src/revision.txt' })).toBe('main');
    expect(server.requests.some(({ authorization }) => loginOf(authorization) === login)).toBe(true);
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  it('gives it to submodules of the same host, also those written for SSH, and to no others', async () => {
    const [own, other] = [await startService({ login }), await startService()];
    const library = await makeSampleRepository(own.root, { name: 'library', files: { 'lib.txt': 'ours' } });
    const foreign = await makeSampleRepository(other.root, { name: 'foreign', files: { 'lib.txt': 'theirs' } });
    const work = join(own.root, 'work', 'app');
    await addSubmodule(work, { path: 'relative', url: '../library.git', commit: library.commits.main });
    await addSubmodule(work, { path: 'ssh', url: `ssh://git@${own.host}/library.git`, commit: library.commits.before });
    await addSubmodule(work, { path: 'foreign', url: `${other.origin}/foreign.git`, commit: foreign.commits.main });
    await git(work, 'add', '.gitmodules');
    await git(work, 'commit', '--quiet', '--message', 'submodules');
    await publish(own.root, 'app');
    const runner = await job();
    const { image } = await buildIn(runner, bed, { gitCloneUrl: `${own.origin}/app.git`, gitToken: TOKEN });
    const read = (path: string) => readLayerFile({ ...image, path: `src/${path}` });
    expect(await read('relative/revision.txt')).toBe('main');
    expect(await read('ssh/revision.txt')).toBe('before');
    expect(await read('foreign/lib.txt')).toBe('theirs');
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(
      await filesHolding([TOKEN, encodeURIComponent(TOKEN)], [runner.workspace, runner.temp, runner.home]),
    ).toEqual([]);
  });

  it('has the submodules of a server that gives out no single commits', async () => {
    const server = await startService({ isOld: true });
    const library = await makeSampleRepository(server.root, { name: 'library', files: {} });
    const work = join(server.root, 'work', 'app');
    await addSubmodule(work, { path: 'lib', url: '../library.git', commit: library.commits.before });
    await git(work, 'add', '.gitmodules');
    await git(work, 'commit', '--quiet', '--message', 'submodules');
    await publish(server.root, 'app');
    const { image } = await buildIn(await job(), bed, { gitCloneUrl: `${server.origin}/app.git` });
    expect(await readLayerFile({ ...image, path: 'src/lib/revision.txt' })).toBe('before');
  });

  it('has the files of Git LFS, which get it as well', async () => {
    const lfs = new Map([[LARGE.oid, Buffer.from('a large file')]]);
    const server = await startService({ login, lfs });
    const work = join(server.root, 'work', 'app');
    await git(work, 'config', 'filter.lfs.clean', 'cat');
    await commitFiles(work, {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'deep/large.bin': LARGE.text,
    });
    await publish(server.root, 'app');
    const inputs = { gitCloneUrl: `${server.origin}/app.git`, gitToken: TOKEN };
    const { image } = await buildIn(await job(), bed, inputs);
    expect(await readLayerFile({ ...image, path: 'src/deep/large.bin' })).toBe('a large file');
    const batch = server.requests.filter(({ path }) => path.endsWith('/objects/batch'));
    expect(batch.map(({ authorization }) => loginOf(authorization))).toContain(login);
  });
});
