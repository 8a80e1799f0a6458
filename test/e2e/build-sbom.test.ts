import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { attestationsOf, readStatements } from '../support/attestations.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { build, memberOf, ownArchitecture, readIndex, refuse } from '../support/built.ts';
import { pushScanner } from '../support/scanner-image.ts';

let bed: Bed;
let scanner: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  scanner = await pushScanner(bed);
});
afterAll(() => bed.close());

it.each(['', 'generator='])('stores what a scanner found in the image beside it: %j', async (prefix) => {
  const files = { Dockerfile: dockerfile(bed.baseImage, 'RUN echo scanned > /app.txt') };
  const { image } = await build(bed, { sbom: `${prefix}${scanner}` }, files);
  const [statement, ...others] = await readStatements(image);
  expect(others).toEqual([]);
  expect(statement).toMatchObject({
    predicateType: 'https://spdx.dev/Document',
    predicate: {
      spdxVersion: 'SPDX-2.3',
      files: [
        {
          fileName: './app.txt',
          checksums: [{ checksumValue: createHash('sha256').update('scanned\n').digest('hex') }],
        },
      ],
    },
  });
  const { reference } = await memberOf(image, ownArchitecture);
  expect(statement?.subject[0]?.digest).toEqual({ sha256: reference.slice('sha256:'.length) });
});

it('stores it together with the provenance, in the form that ECR takes', async () => {
  const { image } = await build(bed, { sbom: scanner, provenance: 'max' });
  expect((await readIndex(image)).manifests).toHaveLength(2);
  const [attestation] = await attestationsOf(image);
  expect(attestation?.manifest.config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
  expect(attestation?.manifest).not.toHaveProperty('artifactType');
  const types = attestation?.manifest.layers.map(({ annotations }) => annotations?.['in-toto.io/predicate-type']);
  expect(types).toEqual(['https://spdx.dev/Document', expect.stringMatching(/^https:\/\/slsa\.dev\/provenance\//)]);
});

it.each(['yes, please', 'mode=max'])('refuses %j', async (sbom) => {
  const { code, error } = await refuse(await bed.job(), bed, { sbom });
  expect(code, error).toBe('input-invalid');
  expect(error).toContain('sbom');
});
