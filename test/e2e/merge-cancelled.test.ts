import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { Fault } from '../support/ecr/exchange.ts';
import { buildLegs } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';
import { listProcesses } from '../support/processes.ts';
import { stopStep } from '../support/stopping.ts';
import { endSleepers, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

/** As no other test sleeps. */
const SECONDS = 2500;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  await buildLegs(bed, 'app', (arch) => ({ imageTag: `v1-${arch}` }));
});
afterEach(async () => {
  endSleepers(SECONDS);
  await bed.endJobs();
});
afterAll(() => bed.close());

const PHASES: readonly (readonly [string, Fault['when']])[] = [
  ['login', ({ action }) => action === 'GetAuthorizationToken'],
  ['reading of its parts', ({ method, path }) => method === 'GET' && path.includes('/manifests/v1-')],
  ['writing of the tag', ({ method, path }) => method === 'PUT' && path.endsWith('/manifests/joined')],
];
const ENDINGS = PHASES.flatMap(([phase, when]) =>
  (['cancelled', 'killed'] as const).map((way) => ({ phase, way, when })),
);

/** A merge has no files and no post: what it has is its process. */
it.each(ENDINGS)('a merge in the $phase leaves nothing: $way', async ({ way, when }) => {
  const { awsRegion = '', awsCredentials = '' } = bed.inputs;
  const fault = bed.ecr.fault({ when, answer: { delayMs: 15_000 } });
  const job = await bed.job();
  const inputs = {
    imageShortName: 'app',
    imageTag: 'joined',
    awsRegion,
    awsCredentials,
    sources: 'v1-amd64\nv1-arm64',
  };
  const hangs = () => waitFor(() => fault.hits() > 0, 'the request');
  const { result, signals } = await stopStep(job, inputs, { action: 'merge', way, hangs });
  fault.remove();
  if (way === 'cancelled') {
    expect(result.code, result.output).toBe(1);
    expect(result.output).toContain('title=build-cancelled');
    expect(signals).toEqual(['SIGINT']);
  }
  expect(job.scratch()).toEqual([]);
  expect(await traces(job)).toEqual([]);
  expect(await readdir(job.temp)).toEqual([]);
  expect(await readdir(job.home)).toEqual([]);
  expect(
    listProcesses().filter(({ ppid, argv }) => ppid === process.pid && argv.join().includes('dist/merge')),
  ).toEqual([]);
  expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).not.toContain('joined');
});

it('a merge that is cancelled ends the program that gives its credentials', async () => {
  const job = await bed.job();
  const awsCredentials = `[default]\ncredential_process = sleep ${SECONDS}\n`;
  const inputs = {
    imageShortName: 'app',
    imageTag: 'joined',
    awsRegion: 'ap-northeast-1',
    awsCredentials,
    sources: 'v1-amd64',
  };
  const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the program');
  const { result } = await stopStep(job, inputs, { action: 'merge', way: 'cancelled', hangs });
  expect(result.output).toContain('title=build-cancelled');
  expect(sleepers(SECONDS)).toEqual([]);
});
