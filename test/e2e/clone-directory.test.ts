import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { git, makeSampleRepository } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { openDirectory } from '../support/namespace.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
let server: GitServer;
let gitCloneUrl: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
  const files = { Dockerfile: dockerfile(bed.baseImage, 'COPY . /src'), 'same.txt': 'the same in all' };
  await makeSampleRepository(server.root, { name: 'app', files });
  gitCloneUrl = `${server.origin}/app.git`;
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

const KEEP = { gitRepositoryDeleteExisting: 'false' };

describe('a directory that is kept', () => {
  it('keeps what is no file of the clone, and is brought up to date', async () => {
    const job = await bed.job({ files: { 'source/model.bin': 'from an earlier step', 'source/.cache/x': '' } });
    await buildIn(job, bed, { gitCloneUrl, ...KEEP, gitRevision: 'v1' });
    const { image } = await buildIn(job, bed, { gitCloneUrl, ...KEEP, gitRevision: 'main' });
    expect(await readLayerFile({ ...image, path: 'src/model.bin' })).toBe('from an earlier step');
    expect(await readLayerFile({ ...image, path: 'src/revision.txt' })).toBe('main');
  });

  it('keeps local changes of files that the commit leaves alone, and says so', async () => {
    const job = await bed.job({ files: {} });
    await buildIn(job, bed, { gitCloneUrl, gitRevision: 'v1' });
    await writeFile(join(job.workspace, 'source/same.txt'), 'changed by a step');
    const { image, result } = await buildIn(job, bed, { gitCloneUrl, ...KEEP, gitRevision: 'main' });
    expect(await readLayerFile({ ...image, path: 'src/same.txt' })).toBe('changed by a step');
    expect(await readLayerFile({ ...image, path: 'src/revision.txt' })).toBe('main');
    expect(result.warnings).toEqual([expect.stringContaining('1 of its files are not those of the commit')]);
    expect(result.warnings[0]).toContain('same.txt');
  });

  it.each([
    ['a local change', 'revision.txt', 'v1'],
    ['a file of its own', 'extra.txt', 'v1'],
  ])('fails where %s would be lost, and loses nothing', async (_, name, gitRevision) => {
    const job = await bed.job({ files: {} });
    await buildIn(job, bed, { gitCloneUrl, gitRevision });
    const source = join(job.workspace, 'source');
    await writeFile(join(source, name), 'precious');
    if (name === 'extra.txt') {
      await git(join(server.root, 'work/app'), 'checkout', '--quiet', '-B', 'extra', 'main');
      await writeFile(join(server.root, 'work/app', name), 'theirs');
      await git(join(server.root, 'work/app'), 'add', '--all');
      await git(join(server.root, 'work/app'), 'commit', '--quiet', '--message', 'extra');
      await git(join(server.root, 'app.git'), 'fetch', '--quiet', join(server.root, 'work/app'), '+extra:extra');
    }
    const given = { gitCloneUrl, ...KEEP, gitRevision: name === 'extra.txt' ? 'extra' : 'main' };
    const { code, error } = await refuse(job, bed, given);
    expect(code, error).toBe('git-local-changes');
    expect(error).toContain(name);
    expect(await readFile(join(source, name), 'utf8')).toBe('precious');
  });

  it('keeps the history of a clone that has one', async () => {
    const job = await bed.job({ files: {} });
    const source = join(job.workspace, 'source');
    await git(job.workspace, 'clone', '--quiet', gitCloneUrl, source);
    await buildIn(job, bed, { gitCloneUrl, ...KEEP, gitRevision: 'main' });
    expect(await git(source, 'rev-list', '--count', 'HEAD')).toBe('4');
  });
});

describe('a directory that is kept and is no clone of its own', () => {
  it('is used where its repository is elsewhere, as that of a work tree', async () => {
    const job = await bed.job({ files: {} });
    await git(job.workspace, 'clone', '--quiet', gitCloneUrl, 'elsewhere');
    await git(join(job.workspace, 'elsewhere'), 'worktree', 'add', '--quiet', '--detach', '../source', 'v1');
    const { result } = await buildIn(job, bed, { gitCloneUrl, ...KEEP, gitRevision: 'v2' });
    expect(result.outputs.gitCommitId).toBe(await git(join(job.workspace, 'elsewhere'), 'rev-parse', 'v2^{commit}'));
  });

  it.each(['a bare repository', 'a work tree whose repository is gone'])('is refused: %s', async (what) => {
    const job = await bed.job({ files: {} });
    const source = join(job.workspace, 'source');
    if (what === 'a bare repository') {
      await git(job.workspace, 'clone', '--quiet', '--bare', gitCloneUrl, source);
    } else {
      await git(job.workspace, 'clone', '--quiet', gitCloneUrl, 'elsewhere');
      await git(join(job.workspace, 'elsewhere'), 'worktree', 'add', '--quiet', '--detach', '../source');
      await rename(join(job.workspace, 'elsewhere'), join(job.workspace, 'moved'));
    }
    const before = await readdir(source);
    expect((await refuse(job, bed, { gitCloneUrl, ...KEEP })).code).toBe('git-directory-unusable');
    expect(await readdir(source)).toEqual(before);
  });
});

describe('a directory that is emptied', () => {
  it('does not take what a link in it leads to', async () => {
    const outside = await openDirectory('precious');
    await writeFile(join(outside, 'precious/file'), 'precious');
    const job = await bed.job({ files: { 'source/left.txt': '' } });
    await symlink(join(outside, 'precious'), join(job.workspace, 'source/link'));
    await buildIn(job, bed, { gitCloneUrl });
    expect(await readFile(join(outside, 'precious/file'), 'utf8')).toBe('precious');
    expect(await readdir(join(job.workspace, 'source'))).not.toContain('link');
  });

  it('is the one of the clone, not what is beside it', async () => {
    const job = await bed.job({ files: { 'source/other/.hidden': 'stays', 'source/app/old': 'goes' } });
    await buildIn(job, bed, { gitCloneUrl, gitCheckoutSubDirectory: 'app', pathToContext: 'app' });
    expect(await readFile(join(job.workspace, 'source/other/.hidden'), 'utf8')).toBe('stays');
    expect(await readdir(join(job.workspace, 'source/app'))).not.toContain('old');
  });

  it("is none of the workflow's own checkout", async () => {
    const job = await bed.job({ files: { 'source/main.c': 'ours' } });
    await commitAll(job.workspace, '2020-01-01T00:00:00Z');
    const { code, error } = await refuse(job, bed, { gitCloneUrl });
    expect([code, error]).toEqual(['git-directory-taken', expect.stringContaining('source/main.c')]);
    expect(await readFile(join(job.workspace, 'source/main.c'), 'utf8')).toBe('ours');
    await buildIn(job, bed, { gitCloneUrl, gitCheckoutSubDirectory: 'clone', pathToContext: 'clone' });
    expect(await readFile(join(job.workspace, 'source/main.c'), 'utf8')).toBe('ours');
  });

  it("is no checkout of the workflow's own repository in source", async () => {
    const job = await bed.job({ files: { 'source/main.c': 'ours' } });
    const source = join(job.workspace, 'source');
    await commitAll(source, '2020-01-01T00:00:00Z');
    await git(source, 'config', 'remote.origin.url', 'https://github.com/org/app');
    const { code, error } = await refuse(job, bed, { gitCloneUrl });
    expect([code, error]).toEqual([
      'git-directory-taken',
      expect.stringContaining("a checkout of the workflow's own repository"),
    ]);
    expect(await readFile(join(source, 'main.c'), 'utf8')).toBe('ours');
  });

  it('holds nothing that another input names', async () => {
    const job = await bed.job({ files: { 'source/token': 'fake-token' } });
    const { code, error } = await refuse(job, bed, { gitCloneUrl, secrets: 'npm=file:source/token' });
    expect([code, error]).toEqual(['git-directory-taken', expect.stringContaining('secrets: npm')]);
    expect(await readFile(join(job.workspace, 'source/token'), 'utf8')).toBe('fake-token');
  });

  it.each([
    [{ buildArgs: '=' }, 'pair-malformed'],
    [{ pathToContext: '../x' }, 'path-outside'],
    [{ dockerfile: '../../x' }, 'path-outside'],
  ])('is left alone when any input is wrong: %j', async (wrong, code) => {
    const job = await bed.job({ files: { 'source/file': 'stays' } });
    expect((await refuse(job, bed, { gitCloneUrl, ...wrong })).code).toBe(code);
    expect(await readFile(join(job.workspace, 'source/file'), 'utf8')).toBe('stays');
  });
});

describe('a clone that brings links', () => {
  it.each([
    ['outputs', { outputs: 'type=tar,dest=source/file' }],
    ['outputs', { outputs: 'type=local,dest=source/out/x' }],
    ['cacheTo', { cache: '', cacheTo: 'type=local,dest=source/out/cache' }],
    ['imageDefinitionsFile', { ecsContainerName: 'web', imageDefinitionsFile: 'source/file' }],
  ])('does not lead %s out of the workspace', async (input, inputs) => {
    const outside = await openDirectory('out');
    await writeFile(join(outside, 'file'), 'precious');
    const work = join(server.root, 'work/app');
    await git(work, 'checkout', '--quiet', '-B', 'links', 'main');
    await rm(join(work, 'file'), { force: true });
    await rm(join(work, 'out'), { force: true });
    await symlink(join(outside, 'file'), join(work, 'file'));
    await symlink(join(outside, 'out'), join(work, 'out'));
    await git(work, 'add', '--all');
    await git(work, 'commit', '--quiet', '--message', 'links');
    await git(join(server.root, 'app.git'), 'fetch', '--quiet', work, '+links:links');
    await git(work, 'checkout', '--quiet', 'main');
    const given = { gitCloneUrl, gitRevision: 'links', ...inputs };
    const { code, error } = await refuse(await bed.job({ files: {} }), bed, given);
    expect([code, error.startsWith(`${input}: `)]).toEqual(['path-outside', true]);
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('precious');
    expect(await readdir(join(outside, 'out'))).toEqual([]);
  });
});

describe('a clone stays below source', () => {
  it.each(['../app', '/tmp/app', 'a/../../b', '..', '.git', 'a/.GIT/b', 'a\nb'])(
    'which %s does not',
    async (gitCheckoutSubDirectory) => {
      const { code } = await refuse(await bed.job({ files: {} }), bed, { gitCloneUrl, gitCheckoutSubDirectory });
      expect(code).toBe('path-outside');
    },
  );

  it.each([
    ['source is a link', 'source', '.', ''],
    ['a directory is a link out of it', 'source/app', '../..', 'app'],
    ['a directory on the way is one', 'source/app', '..', 'app/deeper'],
    ['a link leads nowhere', 'source/app', 'no-such-directory', 'app'],
  ])('and nothing is emptied where %s', async (_, path, target, gitCheckoutSubDirectory) => {
    const job = await bed.job({ files: { 'precious.txt': 'precious' } });
    await mkdir(join(job.workspace, path, '..'), { recursive: true });
    await symlink(target, join(job.workspace, path));
    const { code } = await refuse(job, bed, { gitCloneUrl, gitCheckoutSubDirectory });
    expect(code).toBe('path-outside');
    expect(await readFile(join(job.workspace, 'precious.txt'), 'utf8')).toBe('precious');
  });
});
