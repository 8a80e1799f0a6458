import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { build, memberOf, readImageConfig, readIndex, refuse } from '../support/built.ts';
import { listTags, readLayerFile, readManifest } from '../support/oci.ts';

let bed: Bed;
let stages: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  stages = [
    `FROM ${bed.baseImage} AS base`,
    'RUN echo base > /stage',
    'FROM base AS test',
    'RUN echo test > /stage',
    `FROM ${bed.baseImage}`,
    'RUN echo last > /stage',
    '',
  ].join('\n');
});
afterAll(() => bed.close());

describe('target', () => {
  it('builds the stage of that name, and the last one when none is given', async () => {
    const files = { Dockerfile: stages };
    const { image } = await build(bed, { target: 'test' }, files);
    expect(await readLayerFile({ ...image, path: 'stage' })).toBe('test\n');
    const { image: last } = await build(bed, {}, files);
    expect(await readLayerFile({ ...last, path: 'stage' })).toBe('last\n');
  });

  it('names the stages that are there when it does not exist', async () => {
    const job = await bed.job({ files: { Dockerfile: stages } });
    const { code, error } = await refuse(job, bed, { target: 'tset', imageTag: 'never' });
    expect(code, error).toBe('target-missing');
    expect(error).toContain('"tset"');
    expect(error).toContain('Its stages are base, test.');
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).not.toContain('never');
  });

  it('names them also when the Dockerfile has another name and the context is below the workspace', async () => {
    const job = await bed.job({ files: { 'a b/docker/Dockerfile.dev': stages } });
    const { error } = await refuse(job, bed, {
      target: 'prod',
      pathToContext: 'a b',
      dockerfile: 'docker/Dockerfile.dev',
    });
    expect(error).toContain('Its stages are base, test.');
  });

  it('says so when no stage has a name', async () => {
    const { code, error } = await refuse(await bed.job(), bed, { target: 'test' });
    expect(code, error).toBe('target-missing');
    expect(error).toContain('No stage of it has a name');
  });
});

describe('platforms', () => {
  const files = { Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.txt /arch.txt\n' };
  const contents = { 'amd64.txt': 'for amd64', 'arm64.txt': 'for arm64' };

  it.each(['linux/amd64,linux/arm64', 'linux/amd64\nlinux/arm64\n', ' linux/amd64 , linux/arm64/v8, '])(
    'builds an index with an image of each: %j',
    async (platforms) => {
      const { result, image } = await build(bed, { platforms, imageTag: 'multi' }, { ...files, ...contents });
      const { digest, mediaType } = await readManifest({ ...image, reference: 'multi' });
      expect(digest).toBe(result.outputs.imageDigest);
      expect(mediaType).toBe('application/vnd.oci.image.index.v1+json');
      expect((await readIndex(image)).manifests.map(({ platform }) => platform)).toEqual([
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ]);
      for (const architecture of ['amd64', 'arm64']) {
        const member = await memberOf(image, architecture);
        expect(await readLayerFile({ ...member, path: 'arch.txt' })).toBe(`for ${architecture}`);
        expect(await readImageConfig(member)).toMatchObject({ architecture, os: 'linux' });
      }
    },
  );

  it('builds a plain manifest for a single one that is not the machine’s own', async () => {
    const { image } = await build(bed, { platforms: 'linux/arm64' }, { ...files, ...contents });
    expect((await readManifest(image)).mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(await readImageConfig(image)).toMatchObject({ architecture: 'arm64' });
  });

  it.each([
    ['linux/foo', 'linux/arm64'],
    ['arm64', 'Write linux/arm64.'],
    ['linux/x86_64', 'Write linux/amd64.'],
  ])('refuses %s before anything is started', async (platforms, hint) => {
    const before = bed.ecr.requests.length;
    const job = await bed.job();
    const { code, error } = await refuse(job, bed, { platforms: `linux/amd64,${platforms}` });
    expect(code, error).toBe('platform-unknown');
    expect(error).toContain(`"${platforms}"`);
    expect(error).toContain(hint);
    expect(bed.ecr.requests).toHaveLength(before);
    expect(job.scratch()).toEqual([]);
  });
});
