import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import type { Fault } from '../support/ecr/exchange.ts';
import { makeSampleRepository } from '../support/git-repository.ts';
import { startGitServer } from '../support/git-server.ts';
import type { Job } from '../support/job.ts';
import { filesHolding } from '../support/leaks.ts';
import { processesNaming } from '../support/processes.ts';
import { runProgram } from '../support/program-run.ts';
import { startReleaseServer } from '../support/releases.ts';
import { startRemoteDaemon } from '../support/remote-daemon.ts';
import { type Stopped, stopStep, WAYS } from '../support/stopping.ts';
import { daemonsOf, endSleepers, sleepers, traces } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 2100;
/** Milliseconds that what hangs would take: more than the runner waits. */
const LONG = 20_000;

let bed: Bed;
let root: string;
let inputs: Record<string, string>;
beforeAll(async () => {
  bed = await startBed(toolchain);
});
beforeEach(async () => {
  root = await mkdtemp('/tmp/bka-stopped-');
  inputs = { ...bed.inputs, cache: 'none', buildkitRoot: root };
});
afterEach(async () => {
  endSleepers(SECONDS);
  await bed.endJobs();
  await rm(root, { recursive: true });
});
afterAll(() => bed.close());

/** What holds for a step that was stopped, wherever that was. */
async function expectNothingLeft(job: Job, way: (typeof WAYS)[number], { result, signals, post }: Stopped) {
  if (way === 'killed') {
    expect(result.code).toBeNull();
  } else {
    expect(result.code, result.output).toBe(1);
    expect(result.output).toContain('title=build-cancelled');
    expect(signals).toEqual(way === 'cancelled' ? ['SIGINT'] : []);
  }
  expect(post).toEqual({ code: 0, output: '' });
  expect(await traces(job)).toEqual([]);
  expect(daemonsOf(job)).toEqual([]);
  expect(sleepers(SECONDS)).toEqual([]);
  const secrets = result.masks.filter((mask) => mask.length > 12);
  expect(await filesHolding(secrets, [job.temp, job.workspace])).toEqual([]);
  const lock = join(root, 'slot-1.lock');
  const free = await runProgram(['flock', '-n', lock, 'true'], { env: { PATH: process.env.PATH ?? '' } });
  expect(free).toEqual({ code: 0, output: '' });
}

/** A request that ECR's stand-in does not answer for long, and the wait for it. */
function silence(when: Fault['when']) {
  const fault = bed.ecr.fault({ when, answer: { delayMs: LONG } });
  return { hangs: () => waitFor(() => fault.hits() > 0, 'the request'), end: fault.remove };
}

describe('a step that ends in the middle', () => {
  it.each(WAYS)('in the download leaves nothing: %s', async (way) => {
    const slow = await startReleaseServer({ toolchain, delayMs: LONG });
    const release = { buildkitPath: '', buildkitDownloadUrl: slow.downloadUrl, buildkitSha256: slow.sha256 };
    const job = await bed.job();
    const hangs = () => waitFor(() => slow.requests.length > 0, 'the download');
    const stopped = await stopStep(job, { ...inputs, ...release }, { way, hangs });
    await slow.close();
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in the login leaves nothing: %s', async (way) => {
    const { hangs, end } = silence(({ action }) => action === 'GetAuthorizationToken');
    const job = await bed.job();
    const stopped = await stopStep(job, inputs, { way, hangs });
    end();
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in a program that gives the credentials leaves nothing: %s', async (way) => {
    const job = await bed.job();
    const awsCredentials = `[default]\ncredential_process = sleep ${SECONDS}\n`;
    const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the program');
    await expectNothingLeft(job, way, await stopStep(job, { ...inputs, awsCredentials }, { way, hangs }));
  });

  it.each(WAYS)('in the clone leaves nothing: %s', async (way) => {
    const silent = await startGitServer({ stalls: true });
    await makeSampleRepository(silent.root, { name: 'app', files: {} });
    const job = await bed.job({ files: {} });
    const given = { ...inputs, gitCloneUrl: `${silent.origin}/app.git`, gitToken: 'fake-token-of-the-clone' };
    const hangs = () => waitFor(() => silent.requests.some(({ path }) => path.endsWith('upload-pack')), 'the clone');
    const stopped = await stopStep(job, given, { way, hangs });
    // Before the server has gone, with which Git would end by itself.
    await expectNothingLeft(job, way, stopped);
    await silent.close();
  });

  it.each(WAYS)('in the start of the daemon leaves nothing: %s', async (way) => {
    const directory = await mkdtemp('/tmp/bka-silent-');
    for (const name of ['buildctl', 'buildkit-runc']) {
      await writeFile(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    await writeFile(join(directory, 'buildkitd'), `#!/bin/sh\nexec sleep ${SECONDS}\n`, { mode: 0o755 });
    const job = await bed.job();
    const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the daemon');
    const stopped = await stopStep(job, { ...inputs, buildkitPath: directory }, { way, hangs });
    await rm(directory, { recursive: true });
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in a RUN that ignores signals leaves nothing: %s', async (way) => {
    const job = await bed.job({ files: stubborn() });
    const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    await expectNothingLeft(job, way, await stopStep(job, inputs, { way, hangs }));
  });

  it.each(WAYS)('in a build elsewhere ends it there: %s', async (way) => {
    const daemon = await startRemoteDaemon({ toolchain });
    const job = await bed.job({ files: stubborn() });
    const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
    const { buildkitRoot: _, ...elsewhere } = inputs;
    const stopped = await stopStep(job, { ...elsewhere, buildkitHost: daemon.address }, { way, hangs });
    await waitFor(() => sleepers(SECONDS).length === 0, 'the end of the RUN step');
    await daemon.close();
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in the push leaves nothing: %s', async (way) => {
    const { hangs, end } = silence(({ method, path }) => method === 'PUT' && path.includes('/blobs/uploads/'));
    const job = await bed.job();
    const stopped = await stopStep(job, inputs, { way, hangs });
    end();
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in the export of the cache leaves nothing: %s', async (way) => {
    const { hangs, end } = silence(({ method, path }) => method === 'PUT' && /manifests\/buildcache/.test(path));
    const job = await bed.job();
    const stopped = await stopStep(job, { ...inputs, cache: 'registry' }, { way, hangs });
    end();
    await expectNothingLeft(job, way, stopped);
  });

  it.each(WAYS)('in the export to a file leaves nothing: %s', async (way) => {
    const job = await bed.job();
    const full = join(job.workspace, 'full');
    await runProgram(['mkfifo', full], { env: { PATH: process.env.PATH ?? '' } });
    const hangs = () => waitFor(() => isOpened(full), 'the export');
    const given = { ...inputs, outputs: `type=oci,dest=${full}` };
    await expectNothingLeft(job, way, await stopStep(job, given, { way, hangs }));
  });

  it.each(WAYS)('in the wait for a scan leaves nothing, and puts no tag: %s', async (way) => {
    const repository = `scanned-${way}`;
    bed.ecr.addRepository({ name: repository });
    bed.ecr.addScan({ repository, answers: [{ status: 'IN_PROGRESS' }] });
    const job = await bed.job();
    const given = { ...inputs, imageShortName: repository, scanFailOn: 'high' };
    const asks = () => bed.ecr.requests.some(({ action, input }) => isScan(action) && names(input, repository));
    const stopped = await stopStep(job, given, { way, hangs: () => waitFor(asks, 'the scan') });
    await expectNothingLeft(job, way, stopped);
    const puts = bed.ecr.requests.filter(({ method, path }) => method === 'PUT' && path.includes(`/${repository}/`));
    expect(puts.filter(({ path }) => path.endsWith('/manifests/v1.0.0'))).toEqual([]);
  });
});

function stubborn(): Record<string, string> {
  const command = `trap '' TERM INT HUP; sleep ${SECONDS}`;
  return { Dockerfile: dockerfile(bed.baseImage, `RUN ["/bin/sh", "-c", "${command}; true"]`) };
}

/** Whether a program has a file open that it names. */
function isOpened(path: string): boolean {
  return processesNaming(path).some(({ pid }) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path),
  );
}

const isScan = (action: string) => action === 'DescribeImageScanFindings';
const names = (input: unknown, repository: string) => JSON.stringify(input).includes(repository);
