import { existsSync, globSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseJson, textAt } from '../../src/json.ts';
import { type Bed, startBed } from '../support/bed.ts';
import type { Job, StepResult } from '../support/job.ts';
import { markerProgram } from '../support/marker-program.ts';
import { readLayerFile } from '../support/oci.ts';
import { type ReleaseServer, startReleaseServer } from '../support/releases.ts';
import { stockEmulator } from '../support/stock-emulator.ts';
import { daemonsOf } from '../support/traces.ts';

const toolchain = inject('toolchain');
const [ARCH, OTHER] = process.arch === 'x64' ? (['amd64', 'arm64'] as const) : (['arm64', 'amd64'] as const);
const QEMU = { amd64: 'x86_64', arm64: 'aarch64' }[OTHER];
const EMULATOR = `buildkit-qemu-${QEMU}`;
const RUNNER = { amd64: 'ubuntu-24.04', arm64: 'ubuntu-24.04-arm' }[OTHER];
/** With a handler in its kernel a machine runs those programs whatever BuildKit has: what is missing cannot be seen there. */
const HANDLER = `/proc/sys/fs/binfmt_misc/qemu-${QEMU}`;
const BOTH = { platforms: 'linux/amd64,linux/arm64' };
const ONE = { platforms: `linux/${OTHER}` };

let bed: Bed;
let context: string;
let emulator: string;
let releases: ReleaseServer;
let bare: ReleaseServer;
let base: string;

beforeAll(async () => {
  emulator = await stockEmulator(OTHER);
  bed = await startBed(toolchain);
  context = await mkdtemp('/tmp/bka-marker-');
  for (const arch of ['amd64', 'arm64'] as const) {
    await writeFile(join(context, `marker-${arch}`), markerProgram(arch), { mode: 0o755 });
  }
  releases = await startReleaseServer({ toolchain, emulators: { [EMULATOR]: emulator } });
  bare = await startReleaseServer({ toolchain, without: [EMULATOR] });
  const job = await openJob('FROM scratch\nARG TARGETARCH\nCOPY marker-$TARGETARCH /marker\n');
  const built = await job.step({ ...bed.inputs, ...BOTH, imageTag: 'base', cache: 'none' });
  expect(built.code, built.output).toBe(0);
  base = `${bed.registry.host}/app:base`;
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await releases.close();
  await bare.close();
  await bed.close();
  await rm(context, { recursive: true });
});

function openJob(dockerfile: string, toolCache?: string): Promise<Job> {
  return bed.job({
    directory: context,
    files: { Dockerfile: dockerfile },
    ...(toolCache === undefined ? {} : { toolCache }),
  });
}

/** The real thing: `marker` is a program for the platform of the stage. */
const marked = () => `FROM ${base}\nRUN ["/marker"]\n`;
const copied = () => `FROM ${base}\nCOPY Dockerfile /\n`;

function inputsFrom({ downloadUrl, sha256 }: ReleaseServer): Record<string, string> {
  const buildkit = { buildkitPath: '', buildkitDownloadUrl: downloadUrl, buildkitSha256: sha256 };
  return { ...bed.inputs, ...buildkit, cache: 'none' };
}

/** What RUN has written into the image of a platform. */
async function markOf({ outputs }: StepResult, platform: string, path = 'built'): Promise<string | undefined> {
  const reference = textAt(parseJson(outputs.platformDigests ?? '{}'), platform) ?? '';
  return readLayerFile({ registryUrl: bed.registry.url, repository: 'app', reference, path });
}

/** Emulators in a tool cache. */
function unpackedIn({ toolCache }: Pick<Job, 'toolCache'>): string[] {
  return globSync('**/bin/buildkit-qemu-*', { cwd: toolCache }).map((path) => path.split('/').at(-1) ?? '');
}

function emulationLines({ log }: StepResult): string[] {
  return log.split('\n').filter((line) => /^(?:RUN steps? |\d+ RUN steps? )/.test(line));
}

describe('a RUN for another processor', () => {
  it('runs in the emulator of the archive, which is the only one that is unpacked, and the log says so', async () => {
    const before = releases.requests.length;
    const job = await openJob(marked());
    const result = await job.step({ ...inputsFrom(releases), ...BOTH });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(await markOf(result, 'linux/arm64')).toBe('arm64');
    expect(await markOf(result, 'linux/amd64')).toBe('amd64');
    expect(releases.requests.length - before).toBe(1);
    expect(unpackedIn(job)).toEqual([EMULATOR]);
    expect(emulationLines(result)).toEqual([
      `RUN steps for linux/${OTHER} are emulated: this runner has ${ARCH}`,
      expect.stringMatching(
        `^1 RUN step for linux/${OTHER} ran emulated \\(\\d.*\\)\\. Faster on its own processor: runs-on: ${RUNNER} in a matrix with a merge, see docs/multi-arch\\.md$`,
      ),
    ]);
  });

  it('is told of for one platform too, where no matrix is needed', async () => {
    const result = await (await openJob(marked())).step({ ...inputsFrom(releases), ...ONE });
    expect(await markOf(result, `linux/${OTHER}`), result.output).toBe(OTHER);
    expect(emulationLines(result)[1]).toMatch(
      new RegExp(`^1 RUN step for linux/${OTHER} ran emulated .*: runs-on: ${RUNNER}, see docs`),
    );
  });

  it.each([BOTH, ONE])(
    'is not counted where a stage that cross-compiles runs it as the machine’s own: %j',
    async (platforms) => {
      const cross = `FROM --platform=$BUILDPLATFORM ${base} AS cross\nRUN ["/marker"]\n`;
      const tools = `FROM ${base} AS tools\nRUN ["/marker"]\n`;
      const last = 'FROM scratch\nCOPY --from=cross /built /cross\nCOPY --from=tools /built /tools\n';
      const result = await (await openJob(cross + tools + last)).step({ ...inputsFrom(releases), ...platforms });
      expect(await markOf(result, `linux/${OTHER}`, 'cross'), result.output).toBe(ARCH);
      expect(await markOf(result, `linux/${OTHER}`, 'tools')).toBe(OTHER);
      expect(emulationLines(result)[1]).toMatch(new RegExp(`^1 RUN step for linux/${OTHER} ran emulated`));
    },
  );

  it('is counted over scratch, too, where the name of a step has no platform', async () => {
    const job = await openJob('FROM scratch\nARG TARGETARCH\nCOPY marker-$TARGETARCH /marker\nRUN ["/marker"]\n');
    const result = await job.step({ ...inputsFrom(releases), ...BOTH });
    expect(await markOf(result, `linux/${OTHER}`), result.output).toBe(OTHER);
    expect(emulationLines(result)[1]).toMatch(new RegExp(`^1 RUN step for linux/${OTHER} ran emulated`));
  });

  it('is not told of when it came from the cache', async () => {
    const job = await openJob(marked());
    await job.step({ ...inputsFrom(releases), ...BOTH });
    const again = await job.step({ ...inputsFrom(releases), ...BOTH, imageTag: 'again' });
    expect(again.code, again.output).toBe(0);
    expect(emulationLines(again)).toHaveLength(1);
  });
});

describe('an emulator in the tool cache', () => {
  it('serves the next job, which downloads nothing', async () => {
    const first = await openJob(marked());
    await first.step({ ...inputsFrom(releases), ...BOTH });
    const before = releases.requests.length;
    const next = await openJob(marked(), first.toolCache);
    const result = await next.step({ ...inputsFrom(releases), ...BOTH });
    expect(await markOf(result, `linux/${OTHER}`), result.output).toBe(OTHER);
    expect(result.log).toMatch(/^BuildKit v0\.32\.2 from the tool cache/m);
    expect(releases.requests).toHaveLength(before);
  });

  it('is added by a later step of the job, whose daemon finds it without a new start', async () => {
    const before = releases.requests.length;
    const job = await openJob(marked());
    const first = await job.step(inputsFrom(releases));
    expect(emulationLines(first), first.output).toEqual([]);
    expect(unpackedIn(job)).toEqual([]);
    const daemons = daemonsOf(job);
    const second = await job.step({ ...inputsFrom(releases), ...BOTH, imageTag: 'both' });
    expect(await markOf(second, `linux/${OTHER}`), second.output).toBe(OTHER);
    expect(second.log).toContain(
      `BuildKit v0.32.2 from the tool cache, its archive downloaded and verified for ${EMULATOR}`,
    );
    expect(second.log).toContain('BuildKit daemon of an earlier step');
    expect(daemonsOf(job)).toEqual(daemons);
    expect(releases.requests.length - before).toBe(2);
  });

  it('is put anew where it was changed', async () => {
    const first = await openJob(copied());
    await first.step({ ...inputsFrom(releases), ...BOTH });
    const [path = ''] = globSync(`**/bin/${EMULATOR}`, { cwd: first.toolCache });
    await rm(join(first.toolCache, path));
    await writeFile(join(first.toolCache, path), '#!/bin/sh\necho tampered\n', { mode: 0o755 });
    const result = await (await openJob(marked(), first.toolCache)).step({ ...inputsFrom(releases), ...BOTH });
    expect(await markOf(result, `linux/${OTHER}`), result.output).toBe(OTHER);
    expect((await readFile(join(first.toolCache, path))).equals(await readFile(emulator))).toBe(true);
  });
});

describe('without an emulator', () => {
  beforeAll(async () => {
    if (existsSync(HANDLER) && (await readFile(HANDLER, 'utf8')).startsWith('enabled')) {
      throw new Error(`This machine runs programs for ${OTHER} by itself: as root, "echo 0 >${HANDLER}" for this test`);
    }
  });

  it('an image without such a RUN is built, and the archive is not downloaded again to look for one', async () => {
    const job = await openJob(copied());
    const first = await job.step({ ...inputsFrom(bare), ...BOTH });
    expect(first, first.output).toMatchObject({ code: 0, warnings: [] });
    const line = `RUN steps for linux/${OTHER} cannot run: this runner has ${ARCH}, and there is no ${EMULATOR} in the archive, nor an emulator that is registered`;
    expect(emulationLines(first)).toEqual([line]);
    const before = bare.requests.length;
    const second = await job.step({ ...inputsFrom(bare), ...BOTH, imageTag: 'again' });
    expect(emulationLines(second), second.output).toEqual([line]);
    expect(bare.requests).toHaveLength(before);
  });

  it.each([BOTH, ONE])('such a RUN fails with the platform and what to do: %j', async (platforms) => {
    const result = await (await openJob(marked())).step({ ...bed.inputs, ...platforms, cache: 'none' });
    expect(result.code).toBe(1);
    expect(emulationLines(result)[0]).toContain(`no ${EMULATOR} in ${toolchain.directory} (buildkitPath)`);
    expect(result.output).toContain('title=emulator-missing');
    expect(result.errors[0]).toContain('exec /marker: exec format error');
    expect(result.errors[0]).toContain(`This runner cannot run programs for linux/${OTHER}.`);
  });
});

it('takes the emulator that stands beside the programs of buildkitPath', async () => {
  const directory = await mkdtemp('/tmp/bka-own-');
  await cp(toolchain.directory, directory, { recursive: true });
  await cp(emulator, join(directory, EMULATOR));
  const result = await (await openJob(marked())).step({ ...bed.inputs, ...ONE, buildkitPath: directory });
  expect(await markOf(result, `linux/${OTHER}`), result.output).toBe(OTHER);
  await bed.endJobs();
  await rm(directory, { recursive: true });
});
