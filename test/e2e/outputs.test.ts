import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readArchive, readArchivedImage } from '../support/archive.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { type Built, buildIn, readImage } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

describe('exporters beside the push', () => {
  let job: Job;
  let built: Built;
  beforeAll(async () => {
    job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, 'RUN cat /proc/sys/kernel/random/uuid > /id') },
    });
    built = await buildIn(job, bed, {
      outputs: [
        '# one of each',
        'type=oci,dest=image.tar',
        'type=oci,dest=new/directory/zstd.tar,compression=zstd,force-compression=true',
        'type=docker,dest=docker.tar,name=example.com/app:1',
        'type=local,dest=files/out',
        '"dest=new, ""odd""/rootfs.tar",type=tar',
      ].join('\n'),
    });
  });
  const inWorkspace = (...names: string[]) => join(job.workspace, ...names);
  const pushedId = () => readLayerFile({ ...built.image, path: 'id' });

  it('come from the one build', async () => {
    const id = await pushedId();
    expect(id).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(await readFile(inWorkspace('files/out/id'), 'utf8')).toBe(id);
    const rootfs = await readArchive(inWorkspace('new, "odd"/rootfs.tar'));
    expect(rootfs.get('id')?.toString()).toBe(id);
  });

  it('leave imageDigest to what was pushed', async () => {
    const { digest } = await readManifest({ ...built.image, reference: 'v1.0.0' });
    expect(built.result.outputs).toMatchObject({ imageDigest: digest, imagePushed: 'true' });
    const zstd = await readArchivedImage(inWorkspace('new/directory/zstd.tar'));
    expect(zstd.digest).not.toBe(digest);
  });

  it('write the image that is pushed as a tarball', async () => {
    const { digest } = await readArchivedImage(inWorkspace('image.tar'));
    expect(digest).toBe(built.result.outputs.imageDigest);
  });

  it('have a compression of their own, and the pushed image keeps its', async () => {
    const { manifest } = await readArchivedImage(inWorkspace('new/directory/zstd.tar'));
    const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([zstd, zstd]);
    const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
    expect((await readImage(built.image)).layers.map(({ mediaType }) => mediaType)).toEqual([gzip, gzip]);
  });

  it('write what docker load takes', async () => {
    const files = await readArchive(inWorkspace('docker.tar'));
    expect(JSON.parse(files.get('manifest.json')?.toString() ?? '')).toMatchObject([
      { RepoTags: ['example.com/app:1'], Layers: [expect.any(String), expect.any(String)] },
    ]);
  });

  it('write nothing else into the workspace', async () => {
    expect((await readdir(job.workspace)).sort()).toEqual(
      ['Dockerfile', 'docker.tar', 'files', 'image.tar', 'new', 'new, "odd"'].sort(),
    );
  });
});

it('takes an absolute dest outside of the workspace', async () => {
  const directory = await mkdtemp('/tmp/bka-outputs-');
  await buildIn(await bed.job(), bed, { outputs: `type=local,dest=${directory}/out` });
  expect(await readFile(join(directory, 'out/built'), 'utf8')).toBe('built\n');
  await rm(directory, { recursive: true });
});

it('replaces a file of an earlier build', async () => {
  const job = await bed.job();
  const first = await buildIn(job, bed, { outputs: 'type=oci,dest=image.tar' });
  const second = await buildIn(job, bed, { outputs: 'type=oci,dest=image.tar', labels: 'a=b' });
  expect(second.result.outputs.imageDigest).not.toBe(first.result.outputs.imageDigest);
  expect((await readArchivedImage(join(job.workspace, 'image.tar'))).digest).toBe(second.result.outputs.imageDigest);
});

it('writes without a push, too, and without AWS', async () => {
  const job = await bed.job();
  const result = await job.step({
    imageShortName: 'app',
    imageTag: 'v1',
    push: 'false',
    buildkitPath: bed.toolchain.directory,
    outputs: 'type=oci,dest=image.tar',
  });
  expect(result.code, result.log).toBe(0);
  expect((await readArchivedImage(join(job.workspace, 'image.tar'))).digest).toBe(result.outputs.imageDigest);
});

it('holds an image for each platform', async () => {
  const job = await bed.job({ files: { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' } });
  const { result } = await buildIn(job, bed, {
    platforms: 'linux/amd64,linux/arm64',
    outputs: 'type=oci,dest=image.tar\ntype=local,dest=out',
  });
  expect((await readArchivedImage(join(job.workspace, 'image.tar'))).digest).toBe(result.outputs.imageDigest);
  expect((await readdir(join(job.workspace, 'out'))).sort()).toEqual(['linux_amd64', 'linux_arm64']);
});

it('pushes a second image by an exporter of its own, and tells of the first', async () => {
  const name = `${bed.registry.host}/copies/app:zstd`;
  const { result, image } = await buildIn(await bed.job(), bed, {
    outputs: `type=image,name=${name},push=true,compression=zstd,force-compression=true,oci-mediatypes=true`,
  });
  expect(result.outputs.imageDigest).toBe((await readManifest({ ...image, reference: 'v1.0.0' })).digest);
  const copy = await readImage({ ...image, repository: 'copies/app', reference: 'zstd' });
  expect(copy.layers[1]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
});
