import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { JobOptions } from '../support/job.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';
import { mountsUnder } from '../support/processes.ts';
import { startReleaseServer } from '../support/releases.ts';
import { traces } from '../support/traces.ts';

const toolchain = inject('toolchain');
const JOBS = ['1', '2', '3', '4', '5', '6', '7', '8'] as const;

let bed: Bed;
let place: string;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
beforeEach(async () => {
  place = await mkdtemp('/tmp/bka-beside-');
});
afterEach(async () => {
  await bed.endJobs();
  await rm(place, { recursive: true });
});
afterAll(() => bed.close());

/** Builds eight images of eight jobs at the same time, looks at each, and ends the jobs at the same time, too. */
async function buildSideBySide(name: string, given: Readonly<Record<string, string>>, options: JobOptions = {}) {
  const registryUrl = bed.registry.url;
  const jobs = await Promise.all(
    JOBS.map((number) =>
      bed.job({ ...options, files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo ${name}-${number} > /number`) } }),
    ),
  );
  const results = await Promise.all(
    jobs.map((job, at) => job.step({ ...bed.inputs, cache: 'none', imageTag: `${name}-${JOBS[at]}`, ...given })),
  );
  for (const [at, result] of results.entries()) {
    expect(result, result.output).toMatchObject({ code: 0, warnings: [], errors: [] });
    const image = { registryUrl, repository: 'app', reference: `${name}-${JOBS[at]}` };
    expect((await readManifest(image)).digest).toBe(result.outputs.imageDigest);
    expect(result.outputs.imageFullNameTag).toBe(`${bed.ecr.host}/app:${name}-${JOBS[at]}`);
    expect(await readLayerFile({ ...image, path: 'number' })).toBe(`${name}-${JOBS[at]}\n`);
  }
  expect(await Promise.all(jobs.map((job) => job.post()))).toEqual(jobs.map(() => ({ code: 0, output: '' })));
  expect((await Promise.all(jobs.map(traces))).flat()).toEqual([]);
}

it('eight jobs at once, each with its own root, do not disturb each other', async () => {
  await buildSideBySide('own', {});
});

it('eight jobs at once that share a root have a slot each, and leave all of them free', async () => {
  const root = join(place, 'root');
  await buildSideBySide('shared', { buildkitRoot: root });
  const slots = (await readdir(root)).filter((name) => !name.endsWith('.lock'));
  expect(slots.sort()).toEqual(JOBS.map((number) => `slot-${number}`));
  expect(mountsUnder(root)).toEqual([]);
});

it('eight jobs at once that share an empty tool cache all get BuildKit, and leave one copy', {
  timeout: 300_000,
}, async () => {
  const server = await startReleaseServer({ toolchain });
  const toolCache = join(place, 'tools');
  const release = { buildkitPath: '', buildkitDownloadUrl: server.downloadUrl, buildkitSha256: server.sha256 };
  await buildSideBySide('cached', { ...release, buildkitRoot: join(place, 'root') }, { toolCache });
  await server.close();
  const [version = ''] = await readdir(join(toolCache, 'buildkit'));
  const names = await readdir(join(toolCache, 'buildkit', version));
  expect(names.sort()).toEqual([expect.stringMatching(/^(?:amd64|arm64|x64)$/), expect.stringMatching(/\.complete$/)]);
});
