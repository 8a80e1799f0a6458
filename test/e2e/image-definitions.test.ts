import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { Job } from '../support/job.ts';
import { LEG_FILES } from '../support/legs.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

async function definitions(job: Job, file = 'imagedefinitions.json'): Promise<unknown> {
  return JSON.parse(await readFile(join(job.workspace, file), 'utf8'));
}

describe('the file of an ECS deployment', () => {
  it('has the image of the container by digest, as CodePipeline reads it', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const result = await job.step({ ...bed.inputs, ecsContainerName: 'web' });
    expect(result.code, result.output).toBe(0);
    expect(await definitions(job)).toEqual([{ name: 'web', imageUri: result.outputs.imageFullNameDigest }]);
  });

  it('is added to by the steps for other containers, and one for the same replaces its entry', async () => {
    const file = 'deploy/out/images.json';
    const job = await bed.job({ files: LEG_FILES });
    const inputs = { ...bed.inputs, imageDefinitionsFile: file };
    const web = await job.step({ ...inputs, ecsContainerName: 'web' });
    const proxy = await job.step({ ...inputs, ecsContainerName: 'proxy', imageTag: 'proxy', labels: 'a=b' });
    const again = await job.step({ ...inputs, ecsContainerName: 'web', imageTag: 'again', labels: 'a=c' });
    expect([web.code, proxy.code, again.code], again.output).toEqual([0, 0, 0]);
    expect(await definitions(job, file)).toEqual([
      { name: 'proxy', imageUri: proxy.outputs.imageFullNameDigest },
      { name: 'web', imageUri: again.outputs.imageFullNameDigest },
    ]);
  });

  it('keeps what somebody else has written into it', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const others = [{ name: 'sidecar', imageUri: 'example/sidecar@sha256:0', note: 'ours' }];
    await writeFile(join(job.workspace, 'imagedefinitions.json'), JSON.stringify(others));
    const result = await job.step({ ...bed.inputs, ecsContainerName: 'web' });
    expect(await definitions(job), result.output).toEqual([
      ...others,
      { name: 'web', imageUri: result.outputs.imageFullNameDigest },
    ]);
  });

  it('is written by a step that keeps the image that is there, and by a merge', async () => {
    const first = await (await bed.job({ files: LEG_FILES })).step({ ...bed.inputs, imageTag: 'there-amd64' });
    const job = await bed.job({ files: LEG_FILES });
    const kept = { ...bed.inputs, imageTag: 'there-amd64', ifTagExists: 'skip', ecsContainerName: 'web' };
    await job.step(kept);
    expect(await definitions(job)).toEqual([{ name: 'web', imageUri: first.outputs.imageFullNameDigest }]);
    const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
    const merge = { imageShortName, awsRegion, awsCredentials, imageTag: 'there', ecsContainerName: 'web' };
    const merged = await job.step({ ...merge, sources: first.outputs.imageDigest ?? '' }, { action: 'merge' });
    expect(merged.code, merged.output).toBe(0);
    expect(await definitions(job)).toEqual([{ name: 'web', imageUri: merged.outputs.imageFullNameDigest }]);
  });

  it('is not written when nothing was pushed: no deployment could pull that', async () => {
    const job = await bed.job({ files: LEG_FILES });
    const result = await job.step({ ...bed.inputs, push: 'false', ecsContainerName: 'web' });
    expect(result.code, result.output).toBe(0);
    await expect(definitions(job)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['no list of containers', '{"web": 1}', {}, 'input-invalid', /is no JSON array/],
    ['no JSON', '[', {}, 'input-invalid', /is no JSON array/],
    [
      'outside of the workspace',
      '[]',
      { imageDefinitionsFile: '../images.json' },
      'path-outside',
      /leaves the workspace/,
    ],
  ])('is refused before anything is called when it is %s', async (_, text, given, code, message) => {
    const job = await bed.job({ files: LEG_FILES });
    await writeFile(join(job.workspace, 'imagedefinitions.json'), text);
    const before = bed.ecr.requests.length;
    const result = await job.step({ ...bed.inputs, ecsContainerName: 'web', ...given });
    expect(result.output).toContain(`title=${code}`);
    expect(result.errors).toEqual([expect.stringMatching(message)]);
    expect(bed.ecr.requests.slice(before)).toEqual([]);
    expect(await readFile(join(job.workspace, 'imagedefinitions.json'), 'utf8')).toBe(text);
  });

  it('is refused when it is a directory', async () => {
    const job = await bed.job({ files: LEG_FILES });
    await mkdir(join(job.workspace, 'imagedefinitions.json'));
    const result = await job.step({ ...bed.inputs, ecsContainerName: 'web' });
    expect(result.output).toContain('title=path-unreadable');
  });
});
