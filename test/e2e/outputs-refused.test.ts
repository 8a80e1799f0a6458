import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

it.each([
  ['type=oci', 'exporter-malformed', 'has no dest'],
  ['type=tar,dest=', 'exporter-malformed', 'has no dest'],
  ['type=docker,dest=-', 'exporter-malformed', 'has no dest'],
  ['type=oci, dest=image.tar', 'exporter-malformed', 'a blank around "dest"'],
  ['type=registry,dest=x', 'exporter-malformed', 'no exporter "registry"'],
  ['type=nope,dest=x', 'exporter-malformed', 'no exporter "nope"'],
  ['dest=image.tar', 'exporter-malformed', 'it has no type'],
  ['image.tar', 'exporter-malformed', '"image.tar" has no value'],
  ['type=image,push', 'exporter-malformed', '"push" has no value'],
  ['type=oci,dest="a,b".tar', 'exporter-malformed', 'its quotes do not fit'],
  ['type=oci,dest=../image.tar', 'path-outside', '"../image.tar" leaves the workspace'],
  ['type=local,dest=a/../../b', 'path-outside', 'leaves the workspace'],
  ['type=local,dest=link/out', 'path-outside', 'leaves the workspace'],
  ['type=oci,dest=dangling', 'path-outside', 'leaves the workspace'],
])('refuses %j before anything is started', async (outputs, expected, said) => {
  const before = bed.ecr.requests.length;
  const job = await bed.job();
  await symlink(job.temp, join(job.workspace, 'link'));
  await symlink(join(job.temp, 'missing.tar'), join(job.workspace, 'dangling'));
  const { code, error } = await refuse(job, bed, { outputs });
  expect(code, error).toBe(expected);
  expect(error).toContain('outputs');
  expect(error).toContain(said);
  expect(job.scratch()).toEqual([]);
  expect(bed.ecr.requests).toHaveLength(before);
});

it.each([
  [{ mediaTypes: 'docker', compression: 'zstd' }, 'compression-conflict', 'zstd'],
  [{ mediaTypes: 'docker', compression: 'estargz' }, 'compression-conflict', 'estargz'],
  [{ compression: 'brotli' }, 'input-invalid', '"brotli"'],
  [{ mediaTypes: 'OCI' }, 'input-invalid', '"OCI"'],
  [{ reproducible: 'yes' }, 'input-invalid', '"yes"'],
] as const)('refuses %j', async (inputs, expected, said) => {
  const { code, error } = await refuse(await bed.job(), bed, inputs);
  expect(code, error).toBe(expected);
  expect(error).toContain(said);
});
