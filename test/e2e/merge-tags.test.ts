import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { BOTH, build, buildLegs, merge, stored } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'app' }, { name: 'fixed', immutable: true }] });
  for (const repository of ['app', 'fixed']) {
    await buildLegs(bed, repository, (arch) => ({ imageTag: `v1-${arch}` }));
  }
});
afterAll(() => bed.close());

const tagsOf = (repository: string) => listTags({ registryUrl: bed.registry.url, repository });
const sources = 'v1-amd64\nv1-arm64';

describe('a tag that exists', () => {
  it('is moved by default', async () => {
    await build(bed, { imageTag: 'moved' });
    const merged = await merge(bed, { imageTag: 'moved', sources });
    expect(merged.code, merged.output).toBe(0);
    expect((await stored(bed, 'app', 'moved')).digest).toBe(merged.outputs.imageDigest);
  });

  it('is kept with skip, with its digest in all outputs; the other tags are put on it, and none is moved', async () => {
    const kept = await build(bed, { imageTag: 'kept', labels: 'kept=1', platforms: BOTH });
    const other = await build(bed, { imageTag: 'other', labels: 'other=1' });
    // The parts of an earlier run may be gone.
    const gone = 'gone-amd64\ngone-arm64';
    const merged = await merge(bed, { imageTag: 'kept,added,other', sources: gone, ifTagExists: 'skip' });
    expect(merged.code, merged.output).toBe(0);
    expect(merged.outputs).toEqual({
      imageFullNameTag: `${bed.ecr.host}/app:kept`,
      imageFullNameDigest: kept.outputs.imageFullNameDigest,
      imageDigest: kept.outputs.imageDigest,
      imageTags: `${bed.ecr.host}/app:added`,
      imagePushed: 'false',
      platformDigests: kept.outputs.platformDigests,
    });
    expect((await stored(bed, 'app', 'added')).digest).toBe(kept.outputs.imageDigest);
    expect((await stored(bed, 'app', 'other')).digest).toBe(other.outputs.imageDigest);
  });

  it('is made with skip when it is not there yet', async () => {
    const merged = await merge(bed, { imageTag: 'fresh', sources, ifTagExists: 'skip' });
    expect(merged.outputs, merged.output).toMatchObject({ imagePushed: 'true' });
    expect((await stored(bed, 'app', 'fresh')).digest).toBe(merged.outputs.imageDigest);
  });

  it('ends the step with fail, whichever of the tags it is', async () => {
    const merged = await merge(bed, { imageTag: 'new,fresh', sources, ifTagExists: 'fail' });
    expect(merged.code).toBe(1);
    expect(merged.errors[0]).toContain(`${bed.ecr.host}/app:fresh exists`);
    expect(merged.errors[0]).toContain('#tag-exists');
    expect(await tagsOf('app')).not.toContain('new');
  });
});

describe('a repository with immutable tags', () => {
  it('takes an index, and the same one again without a word', async () => {
    const inputs = { imageShortName: 'fixed', platforms: BOTH };
    const first = await merge(bed, inputs);
    const second = await merge(bed, inputs);
    expect([first.code, second.code], second.output).toEqual([0, 0]);
    expect(second.outputs).toEqual(first.outputs);
  });

  it('refuses another one before any tag is written, and the error names the other policies', async () => {
    const before = await tagsOf('fixed');
    const merged = await merge(bed, { imageShortName: 'fixed', imageTag: 'v2,v1', sources: 'v1-amd64' });
    expect(merged.code).toBe(1);
    expect(merged.errors).toHaveLength(1);
    for (const text of [`${bed.ecr.host}/fixed:v1 exists`, 'immutable', 'skip', 'fail', '#tag-immutable']) {
      expect(merged.errors[0]).toContain(text);
    }
    expect(await tagsOf('fixed')).toEqual(before);
  });
});
