import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { ARCH, cacheTags, foundSteps, GZIP, kindsOf, layersOf, manifestRequests, runJob } from '../support/cache.ts';
import { type CacheService, startCacheService } from '../support/gha-cache/stand-in.ts';

let bed: Bed;
/** Not GitHub's own service: a stand-in with the part of its interface that BuildKit uses. */
let service: CacheService;
beforeAll(async () => {
  const repositories = ['app', 'team/web', 'several', 'staged', 'quiet'].map((name) => ({ name }));
  bed = await startBed(inject('toolchain'), { repositories });
});
beforeEach(async () => {
  service = await startCacheService();
});
afterEach(() => service.close());
afterAll(() => bed.close());

const GHA = { cache: 'gha' };
const MAIN = { scope: 'refs/heads/main', write: true };

/** The scopes that BuildKit has indexes of layers for. */
function indexed(): string[] {
  return service.entries().flatMap(({ key }) => /^index-(.+)-1-[0-9a-f]{8}#\d+$/.exec(key)?.[1] ?? []);
}

describe('over a stand-in for the cache service of GitHub', () => {
  it('a second job on a fresh daemon finds its steps, and pushes the same digest', async () => {
    const first = await runJob(bed, GHA, { env: service.variables() });
    expect(first, first.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    const second = await runJob(bed, GHA, { env: service.variables() });
    expect(second, second.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(foundSteps(first.log)).toBe('0 of 1 step');
    expect(foundSteps(second.log)).toBe('1 of 1 step');
    expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
  });

  it('is kept under the name and the architecture, and not in the registry', async () => {
    await runJob(bed, { ...GHA, imageShortName: 'team/web' }, { env: service.variables() });
    expect(indexed()).toEqual([`team/web-${ARCH}`]);
    expect(service.entries().map(({ scope }) => scope)).toEqual(service.entries().map(() => MAIN.scope));
    expect(await cacheTags(bed, 'team/web')).toEqual([]);
    expect(manifestRequests(bed, 'team/web').filter((request) => request.includes('buildcache'))).toEqual([]);
  });

  it('is kept under the name alone for several platforms', async () => {
    const files = { Dockerfile: 'FROM scratch\nCOPY data.txt /data\n', 'data.txt': 'data' };
    const inputs = { ...GHA, imageShortName: 'several', platforms: 'linux/amd64,linux/arm64' };
    const first = await runJob(bed, inputs, { files, env: service.variables() });
    expect(indexed(), first.output).toEqual(['several']);
    const second = await runJob(bed, inputs, { files, env: service.variables() });
    expect(second.outputs.imageDigest, second.output).toBe(first.outputs.imageDigest);
    expect(foundSteps(second.log)).toMatch(/^(\d) of \1 steps?$/);
  });

  it('a pull request reads what the default branch has, and adds nothing', async () => {
    await runJob(bed, GHA, { env: service.variables() });
    const before = service.entries().length;
    const scopes = [
      { scope: 'refs/pull/7/merge', write: true },
      { ...MAIN, write: false },
    ];
    const event = {
      name: 'pull_request',
      ref: 'refs/pull/7/merge',
      payload: { pull_request: { head: { repo: { full_name: 'org/app' } } } },
    };
    const result = await runJob(bed, { ...GHA, imageTag: 'pr' }, { event, env: service.variables(scopes) });
    expect(foundSteps(result.log), result.output).toBe('1 of 1 step');
    expect(service.entries()).toHaveLength(before);
  });

  it('layers that are only there go into an image as gzip', async () => {
    const files = {
      Dockerfile: `FROM ${bed.baseImage} AS tools\nRUN date > /one\nFROM ${bed.baseImage}\nCOPY --from=tools /one /two\n`,
    };
    const inputs = { ...GHA, imageShortName: 'staged' };
    await runJob(bed, inputs, { files, env: service.variables() });
    const tools = await runJob(
      bed,
      { ...inputs, imageTag: 'tools', target: 'tools' },
      { files, env: service.variables() },
    );
    expect(foundSteps(tools.log)).toBe('1 of 1 step');
    const image = { registryUrl: bed.registry.url, repository: 'staged', reference: 'tools' };
    expect(kindsOf(await layersOf(image))).toEqual([GZIP]);
  });

  it('keeps a layer of more than one block', async () => {
    const files = { Dockerfile: dockerfile(bed.baseImage, 'RUN head -c 5000000 /dev/urandom > /big') };
    const first = await runJob(bed, { ...GHA, imageTag: 'big' }, { files, env: service.variables() });
    const second = await runJob(bed, { ...GHA, imageTag: 'big' }, { files, env: service.variables() });
    expect(
      service.entries().some(({ bytes }) => bytes.length > 4_000_000),
      first.output,
    ).toBe(true);
    expect(foundSteps(second.log)).toBe('1 of 1 step');
    expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
  });

  it('is not asked for anything by other caches', async () => {
    await runJob(bed, { imageShortName: 'quiet' }, { env: service.variables() });
    await runJob(bed, { imageShortName: 'quiet', cache: 'inline' }, { env: service.variables() });
    expect(service.calls).toEqual([]);
  });
});
