import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { at } from '../../src/json.ts';
import { readStatements } from '../support/attestations.ts';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { build, buildIn, readLabels, refuse } from '../support/built.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../support/git-server.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
let server: GitServer;
let repository: ServedRepository;
let archive: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
  const Dockerfile = dockerfile(bed.baseImage, 'COPY a.txt /a.txt');
  repository = await server.addRepository('app', {
    Dockerfile,
    'a.txt': 'from the root',
    'sub dir/docker/Dockerfile.dev': Dockerfile,
    'sub dir/a.txt': 'from below',
  });
  archive = await server.addArchive('context', { Dockerfile, 'a.txt': 'from the archive' });
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

/** A job without any file: nothing is checked out. */
async function buildRemote(inputs: Readonly<Record<string, string>>) {
  const { image, result } = await build(bed, inputs, {});
  return { image, result, text: await readLayerFile({ ...image, path: 'a.txt' }) };
}

describe('a Git context', () => {
  it('is fetched by BuildKit, at its default branch', async () => {
    const { text } = await buildRemote({ pathToContext: repository.url });
    expect(text).toBe('from the root');
  });

  it('is fetched at a branch and taken below it, with a Dockerfile relative to that', async () => {
    const { text } = await buildRemote({
      pathToContext: `${repository.url}#main:sub dir`,
      dockerfile: 'docker/Dockerfile.dev',
    });
    expect(text).toBe('from below');
  });

  it('is fetched at a commit', async () => {
    const { text } = await buildRemote({ pathToContext: `${repository.url}#${repository.commit}` });
    expect(text).toBe('from the root');
  });

  it('has no labels of the repository whose workflow runs', async () => {
    const job = await bed.job();
    await commitAll(job.workspace, '2020-01-01T00:00:00Z');
    const { image } = await buildIn(job, bed, { pathToContext: repository.url });
    expect(await readLabels(image)).toEqual({ 'org.opencontainers.image.version': 'v1.0.0' });
  });

  it('is what the provenance tells of', async () => {
    const job = await bed.job();
    await commitAll(job.workspace, '2020-01-01T00:00:00Z');
    const { image } = await buildIn(job, bed, { pathToContext: repository.url, provenance: 'max' });
    const [statement] = await readStatements(image);
    expect(JSON.stringify(at(statement?.predicate))).toContain(repository.commit);
    expect(JSON.stringify(statement)).not.toContain('github.com/org/app');
  });

  it('is a build context by name, too', async () => {
    const files = { Dockerfile: dockerfile(bed.baseImage, 'COPY --from=other a.txt /a.txt') };
    const { image } = await build(bed, { buildContexts: `other=${repository.url}#main:sub dir` }, files);
    expect(await readLayerFile({ ...image, path: 'a.txt' })).toBe('from below');
  });

  it('names the stages of its Dockerfile when target does not exist', async () => {
    const { url } = await server.addRepository('stages', { Dockerfile: 'FROM scratch AS one\nFROM scratch AS two\n' });
    const { code, error } = await refuse(await bed.job(), bed, { pathToContext: url, target: 'three' });
    expect(code, error).toBe('target-missing');
    expect(error).toContain('Its stages are one, two.');
  });

  it('cannot be reproducible by a date that nobody knows, but by one that is given', async () => {
    const job = await bed.job();
    await commitAll(job.workspace, '2020-01-01T00:00:00Z');
    const inputs = { pathToContext: repository.url, reproducible: 'true' };
    expect((await refuse(job, bed, inputs)).code).toBe('epoch-unknown');
    job.env.SOURCE_DATE_EPOCH = '1700000000';
    await buildIn(job, bed, inputs);
  });

  it.each([
    ['http://user:fake-password@127.0.0.1/app.git', 'Dockerfile', 'input-invalid'],
    ['http://127.0.0.1/app.git', '../Dockerfile', 'path-outside'],
    ['http://127.0.0.1/app.git', '/Dockerfile', 'path-outside'],
  ])('is refused: %s with %s', async (pathToContext, file, expected) => {
    const { code, result } = await refuse(await bed.job(), bed, { pathToContext, dockerfile: file });
    expect(code).toBe(expected);
    expect(result.log).not.toContain('fake-password');
  });
});

describe('an HTTP context', () => {
  it('is an archive with a Dockerfile', async () => {
    const { text } = await buildRemote({ pathToContext: archive });
    expect(text).toBe('from the archive');
  });
});
