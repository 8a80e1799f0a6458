import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { placeOf, runIn, runWith } from '../support/annotated.ts';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { git } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';

const OWN = 'https://github.com/org/app';
let bed: Bed;
let server: GitServer;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

describe('the file of an annotation', () => {
  const failing = () => dockerfile(bed.baseImage, 'RUN false');
  /** Checks files out, as actions/checkout does, from this repository. */
  async function checkOut(directory: string, remote: string, files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(directory, name, '..'), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    await commitAll(directory, '2024-02-29T12:00:00Z');
    await git(directory, 'remote', 'add', 'origin', remote);
  }

  it.each([
    ['of a checkout', '', '', { dockerfile: 'a b/Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    [
      'of a checkout below the workspace',
      'main/app',
      '',
      { pathToContext: 'main/app', dockerfile: 'a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    ['of a checkout below the context', 'main', '', { dockerfile: 'main/a b/Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    ['of a context of its own', '', '', { pathToContext: 'a b', dockerfile: 'Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    [
      'beside the context',
      'main',
      '',
      { pathToContext: 'main/other', dockerfile: 'WORKSPACE/main/a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    ['through a link', '', '', { pathToContext: 'other', dockerfile: 'WORKSPACE/other/link' }, 'a b/Dockerfile, dev'],
    [
      'of a checkout by SSH',
      '',
      'git@github.com:Org/App.git',
      { dockerfile: 'a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    [
      'of another repository',
      'tools',
      'https://github.com/org/tools',
      { pathToContext: 'tools', dockerfile: 'a b/Dockerfile, dev' },
      undefined,
    ],
  ])('%s', async (_, place, remote, inputs, file) => {
    const job = await bed.job({ files: {} });
    await checkOut(join(job.workspace, place), remote || OWN, { 'a b/Dockerfile, dev': failing(), 'other/a.txt': '' });
    await symlink('../a b/Dockerfile, dev', join(job.workspace, place, 'other/link'));
    const given = Object.entries(inputs).map(([name, value]) => [name, value.replace('WORKSPACE', job.workspace)]);
    const failed = await runIn(job, bed, Object.fromEntries(given));
    expect(placeOf(failed)).toEqual(file === undefined ? [undefined, undefined, undefined] : [file, '2', '2']);
    expect(failed.error?.data.startsWith('Dockerfile, dev:2: process')).toBe(file === undefined);
  });

  it('is none outside of the workspace', async () => {
    const job = await bed.job({ files: { 'a.txt': '' } });
    const outside = join(job.temp, 'Dockerfile');
    await writeFile(outside, failing());
    expect(placeOf(await runIn(job, bed, { dockerfile: outside }))).toEqual([undefined, undefined, undefined]);
    await rm(outside);
  });

  it('is none in a context that BuildKit fetches', async () => {
    const { url } = await server.addRepository('context', { Dockerfile: failing() });
    const failed = await runWith(bed, {}, { pathToContext: url });
    expect(failed.error?.properties).toEqual({ title: 'build-failed' });
    expect(failed.error?.data).toMatch(/^Dockerfile:2: process/);
    expect(failed.log).toContain('    2 | >>> RUN false');
  });

  it('is none in a clone of another repository, and there in one of its own', async () => {
    const { url } = await server.addRepository('cloned', { 'web/Dockerfile': failing() });
    const inputs = { gitCloneUrl: url, pathToContext: 'web' };
    expect(placeOf(await runWith(bed, {}, inputs))).toEqual([undefined, undefined, undefined]);
    const { origin, pathname } = new URL(url);
    const own = await bed.job({
      files: {},
      env: { GITHUB_SERVER_URL: origin, GITHUB_REPOSITORY: pathname.replace(/^\/|\.git$/g, '') },
    });
    expect(placeOf(await runIn(own, bed, inputs))).toEqual(['web/Dockerfile', '2', '2']);
  });

  it('is none when an argument takes the Dockerfile from elsewhere', async () => {
    const job = await bed.job({ files: { Dockerfile: 'FROM scratch\n', 'else/Dockerfile': failing() } });
    const failed = await runIn(job, bed, { extraArgs: `--local dockerfile="${job.workspace}/else"` });
    expect(failed.error?.properties).toEqual({ title: 'build-failed' });
  });
});
