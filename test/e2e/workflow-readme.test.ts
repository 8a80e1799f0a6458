import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { readLayerFile } from '../support/oci.ts';
import { isWorkflow, yamlBlocks } from '../support/workflows/documents.ts';
import { runIn } from '../support/workflows/in-bed.ts';
import { actionsOf, logOf } from '../support/workflows/run.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'nginx' }] });
});
afterAll(() => bed.close());

it('the first workflow of the README pushes an image, and hands its name to the next step', async () => {
  const [first, ...others] = (await yamlBlocks('README.md')).filter(isWorkflow);
  expect(others).toEqual([]);
  const files = { Dockerfile: 'FROM scratch\nCOPY amd64.txt /copied\n' };
  const result = await runIn(bed, first?.text ?? '', { files });
  expect(result.result, logOf(result)).toBe('success');
  const [step] = actionsOf(result);
  expect(result.jobs.image?.legs[0]?.steps[2]?.output).toBe(`${step?.outputs.imageFullNameDigest}\n`);
  const image = { registryUrl: bed.registry.url, repository: 'nginx', reference: 'v1.0.0' };
  expect(await readLayerFile({ ...image, path: 'copied' })).toBe('for amd64');
});
