import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, startBed } from '../support/bed.ts';
import { BOTH, build, LEG_FILES, stored } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'app' }, { name: 'fixed', immutable: true }] });
});
afterAll(() => bed.close());

/** A step that has nothing to build with: it can only end before it would need that. */
async function stepWithoutBuildkit(given: Readonly<Record<string, string>>) {
  const job = await bed.job({ files: LEG_FILES });
  const download = { buildkitPath: '', buildkitDownloadUrl: 'https://127.0.0.1:9/none.tar.gz' };
  const result = await job.step({ ...bed.inputs, ...download, ...given });
  return { ...result, toolCache: join(job.toolCache, 'buildkit'), scratch: job.scratch() };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

describe('ifTagExists: skip', () => {
  it('ends with the image that is there, in all outputs, and downloads and starts nothing', async () => {
    const there = await build(bed, { imageTag: 'v1', platforms: BOTH });
    const other = await build(bed, { imageTag: 'other' });
    const result = await stepWithoutBuildkit({ imageTag: 'v1,added,other', ifTagExists: 'skip', image: 'web' });
    expect(result.log).toMatch(/^Kept, a tag exists; it now has these, too: \S+:added /m);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [], errors: [] });
    const { imageDigest, imageFullNameDigest, platformDigests } = there.outputs;
    expect(result.outputs).toMatchObject({
      imageFullNameTag: `${bed.ecr.host}/app:v1`,
      imageFullNameDigest,
      imageDigest,
      imageTags: `${bed.ecr.host}/app:added`,
      imagePushed: 'false',
      platformDigests,
      webImageDigest: imageDigest,
    });
    expect(JSON.parse(result.outputs.metadata ?? '')).toEqual({ 'containerimage.digest': imageDigest });
    expect((await stored(bed, 'app', 'added')).digest).toBe(imageDigest);
    expect((await stored(bed, 'app', 'other')).digest).toBe(other.outputs.imageDigest);
    expect(await exists(result.toolCache)).toBe(false);
    expect(result.scratch.filter((directory) => directory.includes('daemon'))).toEqual([]);
    expect(result.summary).toContain(`${imageDigest}`);
  });

  it('builds when the tag is not there', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const result = await job.step({ ...bed.inputs, imageTag: 'new', ifTagExists: 'skip' });
    expect(result.outputs, result.output).toMatchObject({ imagePushed: 'true' });
    expect((await stored(bed, 'app', 'new')).digest).toBe(result.outputs.imageDigest);
  });

  it('builds a commit once, whose tags are derived', async () => {
    const job = await bed.job({ files: LEG_FILES });
    await commitAll(job.workspace, '2026-11-21T09:30:05Z');
    const inputs = { ...bed.inputs, imageTag: '', ifTagExists: 'skip' };
    const first = await job.step(inputs);
    const second = await job.step(inputs);
    expect([first.outputs.imagePushed, second.outputs.imagePushed], second.output).toEqual(['true', 'false']);
    expect(second.outputs.imageFullNameTag).toMatch(/app:261121_093005-[0-9a-f]{7}$/);
    expect(second.outputs.imageDigest).toBe(first.outputs.imageDigest);
  });
});

describe('ifTagExists: fail', () => {
  it('ends before the build at any tag that exists, and has pushed nothing', async () => {
    await build(bed, { imageTag: 'taken' });
    const result = await stepWithoutBuildkit({ imageTag: 'free,taken', ifTagExists: 'fail' });
    expect(result.code).toBe(1);
    expect(result.errors).toEqual([expect.stringContaining(`${bed.ecr.host}/app:taken exists`)]);
    expect(result.output).toContain('title=tag-exists');
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).not.toContain('free');
    expect(await exists(result.toolCache)).toBe(false);
  });
});

describe('ifTagExists: overwrite', () => {
  it('moves the tag', async () => {
    const first = await build(bed, { imageTag: 'moved' });
    const second = await build(bed, { imageTag: 'moved', labels: 'changed=1' });
    expect(second.outputs.imageDigest).not.toBe(first.outputs.imageDigest);
    expect((await stored(bed, 'app', 'moved')).digest).toBe(second.outputs.imageDigest);
  });

  it('fails before the build where the tag exists and cannot be written again, and names the other two', async () => {
    await build(bed, { imageShortName: 'fixed', imageTag: 'v1' });
    const job = await bed.job({ files: { Dockerfile: 'FROM scratch\nCOPY nothing /x\n' } });
    const result = await job.step({ ...bed.inputs, imageShortName: 'fixed', imageTag: 'v1' });
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=tag-immutable');
    expect(result.errors[0]).toMatch(/fixed:v1 exists.*immutable[\s\S]*skip[\s\S]*fail/);
    expect(result.log).not.toContain('COPY nothing');
  });
});
