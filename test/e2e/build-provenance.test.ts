import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { at } from '../../src/json.ts';
import { attestationsOf, readStatements } from '../support/attestations.ts';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { build, buildIn, memberOf, ownArchitecture, readIndex, refuse } from '../support/built.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

async function withProvenance(provenance: string) {
  const job = await bed.job({
    files: { Dockerfile: dockerfile(bed.baseImage, 'ARG WHAT', 'RUN echo "$WHAT" > /built') },
  });
  const commit = await commitAll(job.workspace, '2024-02-29T12:00:00Z');
  const { image, result } = await buildIn(job, bed, { provenance, buildArgs: 'WHAT=seen in provenance' });
  const [statement, ...others] = await readStatements(image);
  expect(others).toEqual([]);
  return { commit, image, result, statement };
}

describe('provenance', () => {
  it.each(['min', 'true', 'max', 'mode=max,version=v1'])(
    'lies beside the image in an index: %s',
    async (provenance) => {
      const { image, statement } = await withProvenance(provenance);
      const { mediaType, manifests } = await readIndex(image);
      expect(mediaType).toBe('application/vnd.oci.image.index.v1+json');
      expect(manifests.map(({ platform }) => platform)).toEqual([
        { os: 'linux', architecture: ownArchitecture },
        { os: 'unknown', architecture: 'unknown' },
      ]);
      const member = await memberOf(image, ownArchitecture);
      expect(await readLayerFile({ ...member, path: 'built' })).toBe('seen in provenance\n');
      expect(statement?.predicateType).toMatch(/^https:\/\/slsa\.dev\/provenance\//);
      expect(statement?.subject[0]?.digest).toEqual({ sha256: member.reference.slice('sha256:'.length) });
    },
  );

  it('is a manifest as ECR takes it, not the form of an artifact with a subject', async () => {
    const { image } = await withProvenance('max');
    const [{ mediaType, annotations, manifest } = { manifest: undefined }] = await attestationsOf(image);
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(annotations?.['vnd.docker.reference.digest']).toBe((await memberOf(image, ownArchitecture)).reference);
    expect(manifest).toMatchObject({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [{ mediaType: 'application/vnd.in-toto+json' }],
    });
    expect(manifest).not.toHaveProperty('artifactType');
    expect(manifest).not.toHaveProperty('subject');
  });

  it.each(['min', 'max'])('names repository and commit: %s', async (provenance) => {
    const { commit, statement } = await withProvenance(provenance);
    expect(vcsOf(statement?.predicate)).toEqual({ source: 'https://github.com/org/app', revision: commit });
  });

  it('tells build arguments with max only', async () => {
    const [min, max] = [await withProvenance('min'), await withProvenance('max')];
    expect(JSON.stringify(min.statement)).not.toContain('seen in provenance');
    expect(JSON.stringify(max.statement)).toContain('seen in provenance');
  });

  it('is made for each platform', async () => {
    const files = { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' };
    const { image } = await build(bed, { provenance: 'min', platforms: 'linux/amd64,linux/arm64' }, files);
    const described = (await attestationsOf(image)).map(
      ({ annotations }) => annotations?.['vnd.docker.reference.digest'],
    );
    expect(described).toEqual([(await memberOf(image, 'amd64')).reference, (await memberOf(image, 'arm64')).reference]);
  });

  it.each(['', 'false'])('is left out with %j, and the image is a plain manifest', async (provenance) => {
    const { image } = await build(bed, { provenance });
    expect((await readManifest(image)).mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
  });

  it.each(['maximum', 'mode=some', 'mode=max, version=v1'])('refuses %j', async (provenance) => {
    const { code, error } = await refuse(await bed.job(), bed, { provenance });
    expect(code, error).toBe('input-invalid');
    expect(error).toContain('provenance');
  });
});

/** Where both versions of SLSA's predicate have it. */
function vcsOf(predicate: unknown): unknown {
  return (
    at(predicate, 'runDetails', 'metadata', 'buildkit_metadata', 'vcs') ??
    at(predicate, 'metadata', 'https://mobyproject.org/buildkit@v1#metadata', 'vcs')
  );
}
