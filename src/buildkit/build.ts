import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cancelledStep } from '../cancellation.ts';
import { Failure } from '../failure.ts';
import type { BuildSecret } from '../inputs/build.ts';
import { parseJson, textAt } from '../json.ts';
import { debug } from '../log.ts';
import type { StepScratch } from '../machine/step.ts';
import type { Masks } from '../masks.ts';
import { type BuildFiles, buildctlArguments } from '../plan/arguments.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { Environment } from '../runner.ts';
import { buildctlEnvironment, takesRunnerToken } from './buildctl-environment.ts';
import { type CacheUse, parseCacheMetrics } from './cache-metrics.ts';
import type { Client } from './client.ts';
import { treatmentOf } from './cure.ts';
import type { LocalDaemon } from './daemon.ts';
import { type EmulatedSteps, readEmulatedSteps } from './emulated-steps.ts';
import type { Emulation } from './emulators.ts';
import { cacheExportProblem, explainBuildError } from './errors.ts';
import { exportedManifests } from './exported.ts';
import { FailedBuild } from './failed-build.ts';
import { forgetBuild } from './forget.ts';
import { followTransfers } from './live.ts';
import type { Output } from './output.ts';
import { type BuildRecord, linesOf, NO_RECORD, readRecord } from './record.ts';
import { stalledPush, watchPush } from './stall.ts';
import { keepTail } from './tail.ts';

/** What BuildKit made. */
export interface BuildResult {
  /** `sha256:…` of what the names point to: the index when there is one. */
  readonly digest: string;
  /** BuildKit's metadata, JSON in one line. */
  readonly metadata: string;
  /** Digests of the image of each platform, in the order that they were asked for. */
  readonly manifests: readonly string[];
  /** Undefined when BuildKit has not said. */
  readonly cacheUse: CacheUse | undefined;
  /** Why the cache could not be exported, which does not fail a build. */
  readonly cacheProblem: string | undefined;
  /** RUN steps that were not cached, by platform; empty when BuildKit has not said. */
  readonly emulatedSteps: readonly EmulatedSteps[];
  readonly record: BuildRecord;
  /** The name under which BuildKit remembers the build; undefined when nobody asks for it afterwards. */
  readonly ref: string | undefined;
}

export interface BuildOptions {
  readonly client: Client;
  readonly emulation: Emulation;
  /** Where the progress of BuildKit goes. */
  readonly output: Output;
  /** Has the logins, and takes up what BuildKit writes. */
  readonly step: StepScratch;
  readonly env: Environment;
  /** Whether somebody wants to know what was sent, which can be told of one repository. */
  readonly asksUploads: boolean;
  /** Takes secrets out of what is repeated of the output. */
  readonly hide: Masks['hide'];
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** Undefined for one elsewhere. */
  readonly daemon?: LocalDaemon | undefined;
  /** Aborts when the machine that builds has gone. */
  readonly gone?: AbortSignal | undefined;
}

/** Between asking buildctl to end and ending it. Milliseconds. */
const GRACE = 500;

/** The end of an error has the failing step's last lines, an excerpt of the Dockerfile and the reason. */
const TAIL = 512 * 1024;

/**
 * Builds, and pushes when the plan says so, with BuildKit's plain progress in the log as it comes.
 * @throws FailedBuild `build-…`, `push-…`, `repository-missing`, `tag-immutable`, `registry-unreachable`, `base-image-unavailable`,
 * `target-missing`, `extra-args-refused`, `daemon-lost`
 */
export async function buildImage(plan: BuildPlan, options: BuildOptions): Promise<BuildResult> {
  const { client, emulation, output, step, env, signal } = options;
  const { print, say } = output;
  const files = await prepareFiles(plan, options);
  const child = spawn(client.buildctl, buildctlArguments(plan, { connection: client.connection, files }), {
    env: buildctlEnvironment(plan, { env, dockerConfig: step.dockerConfig }),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  signal.addEventListener('abort', () => setTimeout(() => child.kill('SIGKILL'), GRACE).unref(), { once: true });
  // Nobody is there to be told that the build has ended.
  options.gone?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const push = watchPush({ trace: files.trace, daemon: options.daemon?.process });
  push.stalled.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const tail = keepTail(TAIL);
  const closed = once(child, 'close');
  child.on('error', () => undefined);
  const printing = [child.stdout, child.stderr].map((stream) => {
    stream.on('data', (chunk: Buffer) => tail.add(chunk));
    return print(stream);
  });
  const unfollow = followTransfers({ trace: files.trace, say });
  const code = await closed.then(([exitCode]) => exitCode).catch((error: unknown) => error);
  unfollow();
  push.end();
  await Promise.allSettled(printing);
  const record = await readTrace(files.trace);
  const ref = files.ref === undefined ? undefined : (await readFile(files.ref, 'utf8').catch(() => undefined))?.trim();
  if (code !== 0 || signal.aborted) {
    await forgetBuild({ plan, client, ref, isCancelled: signal.aborted });
  }
  if (signal.aborted) {
    throw new FailedBuild(cancelledStep(), { record, output: options.hide(tail.text()), treatment: undefined });
  }
  if (code !== 0) {
    if (push.stalled.aborted) {
      throw stalledPush({ record, output: options.hide(tail.text()) });
    }
    throw code instanceof Error ? code : failedBuild(options.hide(tail.text()), { unable: emulation.unable, record });
  }
  return {
    ...(await readResult(files.metadata)),
    manifests: exportedManifests(tail.text()),
    cacheUse: parseCacheMetrics(await readFile(files.cacheMetrics, 'utf8').catch(() => '')),
    cacheProblem: cacheExportProblem(tail.text()),
    emulatedSteps: await askEmulatedSteps(ref, options),
    record,
    ref,
  };
}

function failedBuild(
  output: string,
  { unable, record }: { readonly unable: readonly string[]; readonly record: BuildRecord },
): FailedBuild {
  return new FailedBuild(explainBuildError(output, unable), { record, output, treatment: treatmentOf(output) });
}

/** What happened is for people: a build is as good without it. */
async function readTrace(file: string): Promise<BuildRecord> {
  try {
    return await readRecord(linesOf(file));
  } catch (error) {
    debug(`The trace of the build cannot be read: ${error}`);
    return NO_RECORD;
  }
}

/** The image is there: not to know how its steps ran is no reason to fail. */
async function askEmulatedSteps(ref: string | undefined, options: BuildOptions): Promise<EmulatedSteps[]> {
  if (ref === undefined || options.emulation.emulated.length === 0) {
    return [];
  }
  try {
    const platforms = options.emulation.emulated;
    return await readEmulatedSteps(options.client, { ref, platforms });
  } catch (error) {
    debug(`BuildKit does not tell which steps it has emulated: ${error}`);
    return [];
  }
}

/** Secrets are handed over in files that only this user may read, and that are gone when the step ends. */
async function prepareFiles(
  plan: BuildPlan,
  { step, emulation, asksUploads }: Pick<BuildOptions, 'step' | 'emulation' | 'asksUploads'>,
): Promise<BuildFiles> {
  const { build, output } = plan;
  for (const dest of output.exporters.flatMap((exporter) => exporter.get('dest') ?? [])) {
    await mkdir(dirname(dest), { recursive: true });
  }
  // Several builds may run at the same time.
  const directory = await mkdtemp(join(step.directory, 'build-'));
  return {
    metadata: join(directory, 'metadata.json'),
    cacheMetrics: join(directory, 'cache-metrics.txt'),
    trace: join(directory, 'trace.jsonl'),
    ref:
      emulation.emulated.length > 0 || asksUploads || takesRunnerToken(plan) ? join(directory, 'ref.txt') : undefined,
    secrets: await placeSecrets(build.secrets, step),
  };
}

/** @returns where each secret is, by its id */
export async function placeSecrets(
  secrets: readonly BuildSecret[],
  { directory }: Pick<StepScratch, 'directory'>,
): Promise<ReadonlyMap<string, string>> {
  const place = join(directory, 'secrets');
  await mkdir(place, { recursive: true, mode: 0o700 });
  const placed = secrets.map(
    async (secret, index) => [secret.id, await placeSecret(secret, join(place, String(index)))] as const,
  );
  return new Map(await Promise.all(placed));
}

async function placeSecret(secret: BuildSecret, path: string): Promise<string> {
  if ('path' in secret) {
    return secret.path;
  }
  await writeFile(path, secret.value, { mode: 0o600 });
  return path;
}

async function readResult(metadataFile: string): Promise<Pick<BuildResult, 'digest' | 'metadata'>> {
  const metadata = parseJson(await readFile(metadataFile, 'utf8'));
  const digest = textAt(metadata, 'containerimage.digest');
  if (digest === undefined) {
    throw new Failure({
      code: 'build-failed',
      message: 'BuildKit ended without an error but made no image.',
      hint: 'Look for a frontend or option in extraArgs that makes something else.',
    });
  }
  return { digest, metadata: JSON.stringify(metadata) };
}
