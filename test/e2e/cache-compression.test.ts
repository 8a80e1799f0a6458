import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { textAt } from '../../src/json.ts';
import { readArchivedImage } from '../support/archive.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH, cachedSteps, foundSteps, GZIP, kindsOf, type Layer, layersOf, runJob, ZSTD } from '../support/cache.ts';
import type { StepResult } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    repositories: [{ name: 'app' }, { name: 'gzip' }, { name: 'plain' }, { name: 'cached' }, { name: 'over-zstd' }],
  });
});
afterAll(() => bed.close());

/** Two stages: the layers of the first one are not in the image of the second one, which is the default target. */
const files = () => ({
  Dockerfile: `
FROM ${bed.baseImage} AS tools
RUN date > /compiled
RUN cat /proc/uptime > /linked
FROM ${bed.baseImage} AS app
COPY --from=tools /linked /linked
RUN cat /proc/uptime > /installed
`,
});
const SECOND_PUSH = 'the image is pushed again with gzip layers';

const layers = (repository: string, reference: string): Promise<Layer[]> =>
  layersOf({ registryUrl: bed.registry.url, repository, reference });
const pushesOf = (repository: string, tag: string): number =>
  bed.ecr.requests.filter(({ method, path }) => method === 'PUT' && path === `/v2/${repository}/manifests/${tag}`)
    .length;

describe('the cache of an image with two stages', () => {
  let built: StepResult;
  beforeAll(async () => {
    built = await runJob(bed, {}, { files: files() });
  });

  it('has the layers of the image as gzip, and those of the other stage as zstd', async () => {
    expect(built.code, built.output).toBe(0);
    const image = await layers('app', 'v1.0.0');
    expect(kindsOf(image)).toEqual([GZIP]);
    const own = new Set(image.map(({ digest }) => digest));
    const others = (await layers('app', `buildcache-${ARCH}`)).filter(({ digest }) => !own.has(digest));
    expect(others.map(({ mediaType }) => mediaType)).toEqual([ZSTD, ZSTD]);
  });

  it('gives the next job on a fresh daemon the digest of the first one, with one push', async () => {
    const again = await runJob(bed, {}, { files: files() });
    expect(again.outputs.imageDigest, again.output).toBe(built.outputs.imageDigest);
    expect(again.log).not.toContain(SECOND_PUSH);
  });

  describe('of which the other stage is built', () => {
    let tools: StepResult;
    beforeAll(async () => {
      const event = { name: 'push', ref: 'refs/heads/feature' };
      tools = await runJob(bed, { imageTag: 'tools', target: 'tools' }, { files: files(), event });
    });

    it('pushes an image without any zstd layer, and says why there were two pushes', async () => {
      expect(tools, tools.output).toMatchObject({ code: 0, errors: [], warnings: [] });
      expect(kindsOf(await layers('app', 'tools'))).toEqual([GZIP]);
      expect(tools.log).toContain(SECOND_PUSH);
      expect(pushesOf('app', 'tools')).toBe(2);
    });

    it('has what the cache has, and outputs of the second push', async () => {
      expect(cachedSteps(tools.log)).toContain('[tools 2/3] RUN date > /compiled');
      expect(foundSteps(tools.log)).toBe('2 of 2 steps');
      const image = { registryUrl: bed.registry.url, repository: 'app' };
      const compiled = await readLayerFile({ ...image, reference: 'tools', path: 'compiled' });
      expect(compiled).toMatch(/\d\d:\d\d:\d\d/);
      const byDigest = { ...image, reference: tools.outputs.imageDigest ?? '' };
      expect(kindsOf(await layersOf(byDigest))).toEqual([GZIP]);
      expect(await layersOf(byDigest)).toEqual(await layers('app', 'tools'));
    });
  });

  it('gives the digest of the second push to an archive, too', async () => {
    const job = await bed.job({ files: files(), event: { name: 'push', ref: 'refs/heads/feature' } });
    const given = { imageTag: 'archived', target: 'tools', outputs: 'type=oci,dest=image.tar' };
    const result = await job.step({ ...bed.inputs, ...given });
    expect(result.log).toContain(SECOND_PUSH);
    expect((await readArchivedImage(join(job.workspace, 'image.tar'))).digest).toBe(result.outputs.imageDigest);
    await job.post();
  });

  it('has the image scanned that the second push has made', async () => {
    bed.ecr.addScan({ repository: 'app', answers: [{ status: 'COMPLETE' }] });
    const given = { imageTag: 'scanned', target: 'tools', scanFailOn: 'low' };
    const event = { name: 'push', ref: 'refs/heads/feature' };
    const before = bed.ecr.requests.length;
    const result = await runJob(bed, given, { files: files(), event });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(result.log).toContain(SECOND_PUSH);
    const asked = bed.ecr.requests.slice(before).filter(({ action }) => action === 'DescribeImageScanFindings');
    expect(asked.map(({ input }) => textAt(input, 'imageId', 'imageDigest'))).toEqual([result.outputs.imageDigest]);
    expect(kindsOf(await layers('app', 'scanned'))).toEqual([GZIP]);
    expect(pushesOf('app', 'scanned')).toBe(1);
  });

  it('makes an image of zstd layers only where that is asked for, with one push', async () => {
    const tools = await runJob(bed, { imageTag: 'zstd', target: 'tools', compression: 'zstd' }, { files: files() });
    expect(foundSteps(tools.log)).toBe('2 of 2 steps');
    expect(kindsOf(await layers('app', 'zstd'))).toEqual([ZSTD]);
    expect(pushesOf('app', 'zstd')).toBe(1);
  });
});

it('compression: zstd gives zstd layers only, also over a cache of gzip layers', async () => {
  const inputs = { imageShortName: 'gzip', target: 'tools' };
  await runJob(bed, inputs, { files: files() });
  expect(kindsOf(await layers('gzip', `buildcache-${ARCH}`))).toEqual([GZIP]);
  const result = await runJob(bed, { ...inputs, imageTag: 'zstd', compression: 'zstd' }, { files: files() });
  expect(foundSteps(result.log)).toBe('2 of 2 steps');
  expect(kindsOf(await layers('gzip', 'zstd'))).toEqual([ZSTD]);
});

it('compression: gzip gives the digest of a build without a cache, whatever the cache held', async () => {
  const reproducible = {
    files: {
      Dockerfile: `
FROM ${bed.baseImage} AS tools
RUN echo compiled > /compiled
FROM ${bed.baseImage} AS app
COPY --from=tools /compiled /compiled
`,
    },
    env: { SOURCE_DATE_EPOCH: '1700000000' },
  };
  const inputs = { imageShortName: 'cached', reproducible: 'true' };
  const tools = { ...inputs, target: 'tools' };
  const plain = await runJob(bed, { ...tools, imageShortName: 'plain', cache: 'none' }, reproducible);
  await runJob(bed, { ...inputs, imageTag: 'seed' }, reproducible);
  const cached = await runJob(bed, tools, reproducible);
  expect(foundSteps(cached.log)).toBe('1 of 1 step');
  expect(kindsOf(await layers('cached', 'v1.0.0'))).toEqual([GZIP]);
  expect(cached.outputs.imageDigest).toBe(plain.outputs.imageDigest);
});

it('a base image of zstd layers changes nothing between the first job and the second', async () => {
  await runJob(bed, { imageTag: 'base', compression: 'zstd', cache: 'none' });
  expect(kindsOf(await layers('app', 'base'))).toEqual([ZSTD]);
  const over = { files: { Dockerfile: `FROM ${bed.registry.host}/app:base\nRUN date > /one\n` } };
  const inputs = { imageShortName: 'over-zstd' };
  const first = await runJob(bed, inputs, over);
  const second = await runJob(bed, inputs, over);
  expect(
    [first, second].map(({ code }) => code),
    second.output,
  ).toEqual([0, 0]);
  expect(foundSteps(second.log)).toBe('1 of 1 step');
  expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
});

it('a file that is compressed otherwise does not change the layers of the image', async () => {
  // Two results of one build: whichever BuildKit makes first, the image has to be what was asked for.
  const twice = {
    files: {
      Dockerfile: `FROM ${bed.baseImage}\nRUN head -c 3000000 /dev/urandom > /one\nRUN head -c 3000000 /dev/urandom > /two\n`,
    },
  };
  const outputs = 'type=oci,dest=image.tar,compression=zstd';
  for (const imageTag of ['file-1', 'file-2', 'file-3']) {
    const result = await runJob(bed, { imageTag, outputs, cache: 'none' }, twice);
    expect(result.code, result.output).toBe(0);
    expect(kindsOf(await layers('app', imageTag))).toEqual([GZIP]);
  }
});
