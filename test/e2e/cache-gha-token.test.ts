import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { cacheTags, runJob } from '../support/cache.ts';
import { type CacheService, startCacheService } from '../support/gha-cache/stand-in.ts';
import type { Job } from '../support/job.ts';
import { listTags, readLayerFile } from '../support/oci.ts';
import { processesNaming, sampleArguments } from '../support/processes.ts';

let bed: Bed;
/** Not GitHub's own service: a stand-in with the part of its interface that BuildKit uses. */
let service: CacheService;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  service = await startCacheService();
});
afterAll(async () => {
  await bed.close();
  await service.close();
});

/** A build that writes down how long the runner's token is that buildctl can hand on. */
const files = () => ({
  Dockerfile: dockerfile(bed.baseImage, 'RUN --mount=type=secret,id=t wc -c < /run/secrets/t > /length'),
});
const TAKE_TOKEN = '--secret id=t,env=ACTIONS_RUNTIME_TOKEN';

async function lengthInImage(tag: string): Promise<number> {
  const image = { registryUrl: bed.registry.url, repository: 'app', reference: tag };
  return Number(await readLayerFile({ ...image, path: 'length' }));
}

/** The variables of the daemon of a job, by name. */
async function daemonVariables({ temp }: Job): Promise<string[]> {
  const daemon = processesNaming(temp).find(({ argv }) => argv[0]?.endsWith('buildkitd'));
  const environment = await readFile(`/proc/${daemon?.pid}/environ`, 'utf8');
  return environment.split('\0').map((line) => line.split('=')[0] ?? '');
}

describe('the token of the runner', () => {
  it.each([
    ['registry', 0],
    ['inline', 0],
    ['none', 0],
  ])('stays away from buildctl with cache: %s', async (cache, length) => {
    const result = await runJob(
      bed,
      { imageTag: cache, cache, extraArgs: TAKE_TOKEN },
      { files: files(), env: service.variables() },
    );
    expect(result.code, result.output).toBe(0);
    expect(await lengthInImage(cache)).toBe(length);
  });

  it('reaches buildctl with cache: gha, which needs it', async () => {
    const env = service.variables();
    const result = await runJob(bed, { imageTag: 'gha', cache: 'gha', extraArgs: TAKE_TOKEN }, { files: files(), env });
    expect(result.code, result.output).toBe(0);
    expect(await lengthInImage('gha')).toBe(env.ACTIONS_RUNTIME_TOKEN?.length);
  });

  it('reaches it with an entry of type gha too, which is kept under the scope of that', async () => {
    const env = service.variables();
    const cacheTo = 'type=gha,scope=mine';
    const result = await runJob(
      bed,
      { imageTag: 'entry', cacheTo, cacheFrom: cacheTo, extraArgs: TAKE_TOKEN },
      { files: files(), env },
    );
    expect(result.code, result.output).toBe(0);
    expect(await lengthInImage('entry')).toBe(env.ACTIONS_RUNTIME_TOKEN?.length);
    expect(service.entries().some(({ key }) => key.startsWith('index-mine-1-'))).toBe(true);
  });

  it.each(['gha', 'registry'])(
    'with cache: %s is neither in the daemon, nor in arguments, nor in the log',
    async (cache) => {
      const env = service.variables();
      const job = await bed.job({ env });
      const { result, arguments: argv } = await sampleArguments(() =>
        job.step({ ...bed.inputs, imageTag: 'quiet', cache }),
      );
      expect(result.code, result.output).toBe(0);
      const variables = await daemonVariables(job);
      await bed.endJobs();
      expect(variables).toContain('PATH');
      expect(variables.filter((name) => name.startsWith('ACTIONS_'))).toEqual([]);
      const token = env.ACTIONS_RUNTIME_TOKEN ?? '';
      expect([...argv].filter((argument) => argument.includes(token))).toEqual([]);
      expect(
        [result.log, result.summary, JSON.stringify(result.outputs)].filter((text) => text.includes(token)),
      ).toEqual([]);
    },
  );
});

describe('without a cache service', () => {
  it.each<[string, (env: Record<string, string>) => Record<string, string>]>([
    ['no variables', () => ({})],
    ['an empty token', () => ({ ACTIONS_RUNTIME_TOKEN: '' })],
    ['a token but no address', ({ ACTIONS_RUNTIME_TOKEN = '' }) => ({ ACTIONS_RUNTIME_TOKEN })],
  ])('(%s) cache: gha is a warning, and the build goes on', async (_, variables) => {
    const result = await runJob(bed, { cache: 'gha' }, { env: variables(service.variables()) });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], outputs: { imagePushed: 'true' } });
    expect(result.warnings).toEqual([expect.stringMatching(/^cache: this runner .*no cache service/)]);
    expect(await cacheTags(bed, 'app')).not.toContain('buildcache');
  });

  it('entries of type gha are a warning too, and other entries count', async () => {
    const entries = `type=gha\ntype=registry,ref=${bed.ecr.host}/app:mine`;
    const result = await runJob(bed, { cacheFrom: entries, cacheTo: entries });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(result.warnings).toEqual([expect.stringContaining('no cache service')]);
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).toContain('mine');
  });

  it('that answers, an export is a warning, and an import none', async () => {
    const env = { ...service.variables(), ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' };
    const result = await runJob(bed, { cache: 'gha' }, { env });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], outputs: { imagePushed: 'true' } });
    expect(result.warnings).toEqual([expect.stringContaining('its cache could not be exported')]);
  });
});
