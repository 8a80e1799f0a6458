import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, readImageConfig, readLabels, refuse } from '../support/built.ts';
import { commitFiles, git, makeSampleRepository, publish, type SampleRepository } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import type { Job } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
let server: GitServer;
let old: GitServer;
let sample: SampleRepository;
let job: Job;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  [server, old] = await Promise.all([startGitServer(), startGitServer({ isOld: true })]);
  const files = {
    Dockerfile: dockerfile(bed.baseImage, 'COPY revision.txt /'),
    'web/Dockerfile': dockerfile(bed.baseImage, 'COPY . /src'),
  };
  sample = await makeSampleRepository(server.root, { name: 'app', files });
  await makeSampleRepository(old.root, { name: 'app', files });
  job = await bed.job({ files: { 'own.txt': 'of the workflow' } });
  await commitAll(job.workspace, '2020-01-01T00:00:00Z');
});
afterAll(async () => {
  await bed.close();
  await Promise.all([server.close(), old.close()]);
});

/** Builds from the sample repository, and reads what says which revision it was. */
async function clone(inputs: Readonly<Record<string, string>>, from: GitServer = server) {
  const gitCloneUrl = `${from.origin}/app.git`;
  const { image, result } = await buildIn(job, bed, { gitCloneUrl, ...inputs });
  return { image, result, source: join(job.workspace, 'source') };
}

describe('a clone', () => {
  it.each<readonly [string, string, keyof SampleRepository['commits'], string]>([
    ['the default branch', '', 'main', '(its default branch)'],
    ['a branch with a slash', 'feature/slash', 'branch', '(feature/slash)'],
    ['a branch by its full name', 'refs/heads/main', 'main', '(refs/heads/main)'],
    ['a tag', 'v1', 'v1', '(v1)'],
    ['an annotated tag', 'v2', 'v2', '(v2)'],
    ['the head of a pull request', 'refs/pull/1/head', 'pull', '(refs/pull/1/head)'],
  ])('is at %s', async (_, gitRevision, name, shown) => {
    const { image, result } = await clone({ gitRevision });
    expect(await readLayerFile({ ...image, path: 'revision.txt' })).toBe(name);
    const { gitCommitId, gitCheckoutDirectory } = result.outputs;
    expect(gitCommitId).toBe(sample.commits[name]);
    expect(gitCheckoutDirectory).toBe(join(job.workspace, 'source'));
    expect(result.log).toContain(`At ${sample.commits[name]} ${shown}`);
    expect(result.log).toMatch(/^::group::Clone \S+ into source · \d/m);
  });

  it.each<readonly [string, keyof SampleRepository['commits']]>([
    ['of a branch', 'main'],
    ['that is on no tip', 'before'],
    ['of a pull request alone', 'pull'],
  ])('is at a commit %s', async (_, name) => {
    const { image, result, source } = await clone({ gitRevision: sample.commits[name] });
    expect(await readLayerFile({ ...image, path: 'revision.txt' })).toBe(name);
    expect(result.outputs.gitCommitId).toBe(sample.commits[name]);
    expect(await git(source, 'rev-list', '--count', 'HEAD')).toBe('1');
  });

  it.each(['main', 'before'] as const)('is at a commit that is known by its first digits: %s', async (name) => {
    const { result, source } = await clone({ gitRevision: sample.commits[name].slice(0, 9) });
    expect(result.outputs.gitCommitId).toBe(sample.commits[name]);
    // Its history was only looked at.
    expect(await git(source, 'rev-list', '--count', 'HEAD')).toBe('1');
  });

  it.each([
    ['all digits', 40],
    ['the first digits', 9],
  ])('of a server that gives out no single commits is complete, by %s', async (_, digits) => {
    const { image, result } = await clone({ gitRevision: sample.commits.before.slice(0, digits) }, old);
    expect(result.outputs.gitCommitId).toBe(sample.commits.before);
    expect(await readLayerFile({ ...image, path: 'revision.txt' })).toBe('before');
  });

  it('has one commit and the name of its revision, so that builds can ask for it', async () => {
    const tagged = await clone({ gitRevision: 'v2' });
    expect(await git(tagged.source, 'describe')).toBe('v2');
    expect(await git(tagged.source, 'rev-list', '--all', '--count')).toBe('1');
    const branch = await clone({ gitRevision: 'feature/slash' });
    expect(await git(branch.source, 'rev-parse', 'origin/feature/slash')).toBe(sample.commits.branch);
  });

  it('is what the labels and the date of a reproducible image tell of', async () => {
    const { image } = await clone({ gitRevision: 'v1', reproducible: 'true' });
    expect(await readLabels(image)).toEqual({
      'org.opencontainers.image.created': '2024-02-29T12:00:00Z',
      'org.opencontainers.image.revision': sample.commits.v1,
      'org.opencontainers.image.source': `${server.origin}/app`,
      'org.opencontainers.image.version': 'v1.0.0',
    });
    expect((await readImageConfig(image)).created).toBe('2024-02-29T12:00:00Z');
  });

  it('gives the same image again from the same commit, with all of its files', async () => {
    const inputs = { gitRevision: 'v1', reproducible: 'true', pathToContext: 'web', gitCheckoutSubDirectory: 'web' };
    const digests: (string | undefined)[] = [];
    for (const round of [1, 2]) {
      const own = await bed.job({ files: { 'round.txt': String(round) } });
      const Dockerfile = dockerfile(bed.baseImage, 'COPY . /src');
      await writeFile(join(own.workspace, 'Dockerfile'), Dockerfile);
      const given = { ...inputs, dockerfile: join(own.workspace, 'Dockerfile') };
      const { result } = await buildIn(own, bed, { gitCloneUrl: `${server.origin}/app.git`, ...given });
      digests.push(result.outputs.imageDigest);
    }
    expect(digests[1]).toBe(digests[0]);
  });

  it.each([
    ['the default branch', () => ''],
    ['all digits of a commit', (commit: string) => commit],
    ['its first digits', (commit: string) => commit.slice(0, 9)],
  ])('may be of a repository with SHA-256: %s', async (_, revision) => {
    const work = join(server.root, 'work/long');
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    await git(work, 'init', '--quiet', '--object-format=sha256');
    const commit = await commitFiles(work, {
      Dockerfile: dockerfile(bed.baseImage, 'COPY revision.txt /'),
      'revision.txt': 'long',
    });
    await commitFiles(work, { 'revision.txt': 'longer' });
    await publish(server.root, 'long');
    const inputs = { gitCloneUrl: `${server.origin}/long.git`, gitRevision: revision(commit) };
    const { image, result } = await buildIn(job, bed, inputs);
    expect(await readLayerFile({ ...image, path: 'revision.txt' })).toBe(revision(commit) === '' ? 'longer' : 'long');
    expect(result.outputs.gitCommitId).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is made also where Git makes other repositories by itself', async () => {
    const own = await bed.job({ files: {}, env: { GIT_DEFAULT_HASH: 'sha256' } });
    const { result } = await buildIn(own, bed, { gitCloneUrl: `${server.origin}/app.git` });
    expect(result.outputs.gitCommitId).toBe(sample.commits.main);
  });

  it('may be of a server that has a part of the history only', async () => {
    await rm(join(server.root, 'part.git'), { recursive: true, force: true });
    await git(server.root, 'clone', '--quiet', '--bare', '--depth=1', `file://${sample.path}`, 'part.git');
    const gitCloneUrl = `${server.origin}/part.git`;
    for (const gitRevision of [sample.commits.main, sample.commits.main.slice(0, 8)]) {
      const { result } = await buildIn(job, bed, { gitCloneUrl, gitRevision });
      expect(result.outputs.gitCommitId).toBe(sample.commits.main);
    }
    const { code } = await refuse(job, bed, { gitCloneUrl, gitRevision: sample.commits.v1.slice(0, 8) });
    expect(code).toBe('git-revision-unknown');
  });

  it('leaves the checkout of the workflow alone', async () => {
    await clone({});
    expect(await readFile(join(job.workspace, 'own.txt'), 'utf8')).toBe('of the workflow');
    expect((await git(job.workspace, 'status', '--porcelain')).trim()).toBe('?? source/');
  });

  it('goes below source, to which the context is relative', async () => {
    const { image, result } = await clone({
      gitCheckoutSubDirectory: 'deep/app',
      pathToContext: 'deep/app/web',
      buildContexts: 'rest=source/deep',
    });
    expect(result.outputs.gitCheckoutDirectory).toBe(join(job.workspace, 'source/deep/app'));
    expect(await readLayerFile({ ...image, path: 'src/Dockerfile' })).toContain('COPY . /src');
  });

  it('tells where the Dockerfile is not', async () => {
    const { code, error } = await refuse(job, bed, {
      gitCloneUrl: `${server.origin}/app.git`,
      pathToContext: 'web',
      dockerfile: 'no',
    });
    expect(code, error).toBe('dockerfile-missing');
    expect(error).toContain('Found there: Dockerfile');
    const { error: second } = await refuse(job, bed, { gitCloneUrl: `${server.origin}/app.git`, pathToContext: 'no' });
    expect(second).toContain('"no" is not in source, the directory of the clone');
  });

  it('is not made for an image that is there', async () => {
    await clone({});
    const before = server.requests.length;
    const { result } = await clone({ ifTagExists: 'skip' });
    expect(result.outputs).toMatchObject({ imagePushed: 'false', gitCommitId: '', gitCheckoutDirectory: '' });
    expect(server.requests.length).toBe(before);
    const { result: built } = await clone({ ifTagExists: 'skip', imageTag: 'v1.0.1' });
    expect(built.outputs).toMatchObject({ imagePushed: 'true', gitCommitId: sample.commits.main });
  });

  it('replaces what was in its directory, hidden files included', async () => {
    const { source } = await clone({});
    await Promise.all(['.hidden', '..two', 'left.txt'].map((name) => writeFile(join(source, name), '')));
    await clone({ gitRevision: 'v1' });
    expect(await git(source, 'status', '--porcelain', '--ignored')).toBe('');
  });
});

describe('without gitCloneUrl, the outputs of the source', () => {
  it('describe the workspace', async () => {
    const own = await bed.job();
    const commit = await commitAll(own.workspace, '2020-01-01T00:00:00Z');
    const { result } = await buildIn(own, bed);
    expect(result.outputs).toMatchObject({ gitCommitId: commit, gitCheckoutDirectory: own.workspace });
  });

  it('describe the checkout that the context is in', async () => {
    const own = await bed.job({ files: { 'app/docker/Dockerfile': dockerfile(bed.baseImage) } });
    const commit = await commitAll(join(own.workspace, 'app'), '2020-01-01T00:00:00Z');
    const { result } = await buildIn(own, bed, { pathToContext: 'app/docker' });
    expect(result.outputs).toMatchObject({ gitCommitId: commit, gitCheckoutDirectory: join(own.workspace, 'app') });
  });

  it('have no commit where there is none', async () => {
    const { result } = await buildIn(await bed.job(), bed);
    expect(result.outputs.gitCommitId).toBe('');
  });

  it('are empty where BuildKit fetches the source', async () => {
    const { result } = await buildIn(await bed.job({ files: {} }), bed, { pathToContext: `${server.origin}/app.git` });
    expect(result.outputs).toMatchObject({ gitCommitId: '', gitCheckoutDirectory: '' });
  });
});
