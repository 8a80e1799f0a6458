import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { build, buildIn, refuse } from '../support/built.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
let outside: string;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  outside = await mkdtemp('/tmp/bka-context-');
});
afterAll(async () => {
  await bed.close();
  await rm(outside, { recursive: true });
});

it('copies from directories, with blanks, commas and equals signs in their paths', async () => {
  const files = {
    'app/Dockerfile': dockerfile(bed.baseImage, 'COPY --from=shared a.txt /a', 'COPY --from=odd b.txt /b'),
    'libs/shared/a.txt': 'shared',
    'libs/odd, a=b "c"/b.txt': 'odd',
  };
  const { image } = await build(
    bed,
    { pathToContext: 'app', buildContexts: 'shared=libs/shared\nodd=libs/odd, a=b "c"' },
    files,
  );
  expect(await readLayerFile({ ...image, path: 'a' })).toBe('shared');
  expect(await readLayerFile({ ...image, path: 'b' })).toBe('odd');
});

it('takes an absolute directory outside of the workspace', async () => {
  await mkdir(join(outside, 'data'));
  await writeFile(join(outside, 'data/c.txt'), 'outside');
  const files = { Dockerfile: dockerfile(bed.baseImage, 'COPY --from=data c.txt /c') };
  const { image } = await build(bed, { buildContexts: `data=${join(outside, 'data')}` }, files);
  expect(await readLayerFile({ ...image, path: 'c' })).toBe('outside');
});

it('puts an image in the place of one that the Dockerfile names', async () => {
  const files = { Dockerfile: 'FROM alpine:3\nRUN echo replaced > /built\n' };
  const { image, result } = await build(bed, { buildContexts: `alpine:3=docker-image://${bed.baseImage}` }, files);
  expect(await readLayerFile({ ...image, path: 'built' })).toBe('replaced\n');
  expect(result.log).not.toContain('docker.io');
});

it('copies from an image in ECR, which it is logged in to', async () => {
  await build(bed, { imageTag: 'donor' }, { Dockerfile: dockerfile(bed.baseImage, 'RUN echo donated > /gift') });
  const files = { Dockerfile: dockerfile(bed.baseImage, 'COPY --from=donor /gift /gift') };
  const { image } = await build(bed, { buildContexts: `donor=docker-image://${bed.ecr.host}/app:donor` }, files);
  expect(await readLayerFile({ ...image, path: 'gift' })).toBe('donated\n');
});

it.each(['context', 'dockerfile'])('tells a directory called %s from the build context itself', async (name) => {
  const job = await bed.job({
    files: {
      Dockerfile: dockerfile(bed.baseImage, 'COPY own.txt /own', `COPY --from=${name} other.txt /other`),
      'own.txt': 'own',
      'other/other.txt': 'other',
    },
  });
  const { image } = await buildIn(job, bed, { buildContexts: `${name}=other` });
  expect(await readLayerFile({ ...image, path: 'own' })).toBe('own');
  expect(await readLayerFile({ ...image, path: 'other' })).toBe('other');
});

it.each([
  ['shared=missing', 'context-missing'],
  ['shared=Dockerfile', 'context-missing'],
  ['shared=../elsewhere', 'path-outside'],
  ['shared', 'pair-malformed'],
])('refuses %s before anything is started', async (buildContexts, expected) => {
  const before = bed.ecr.requests.length;
  const { code, error } = await refuse(await bed.job(), bed, { buildContexts });
  expect(code, error).toBe(expected);
  expect(error).toContain('buildContexts');
  expect(bed.ecr.requests).toHaveLength(before);
});
