import { type BuildOptions, type BuildResult, buildImage } from './buildkit/build.ts';
import type { Builder } from './buildkit/builder.ts';
import type { Client } from './buildkit/client.ts';
import { beginDiagnosis } from './buildkit/daemon-trouble.ts';
import { forgetBuild } from './buildkit/forget.ts';
import { nameStages } from './buildkit/targets.ts';
import { readUploads } from './buildkit/uploads.ts';
import { watchMachine } from './buildkit/watch.ts';
import type { Destination } from './destination.ts';
import { Failure } from './failure.ts';
import { debug, log } from './log.ts';
import type { BuildPlan } from './plan/build-plan.ts';
import type { TagState } from './plan/existing-tags.ts';
import type { ImageNames } from './plan/image.ts';
import { isMutable, type KnownRepositories } from './plan/mutability.ts';
import { confirmArrival } from './registry/arrival.ts';
import type { RemoteRepository } from './registry/repository.ts';
import { readStoredImage, type StoredImage } from './registry/stored-image.ts';
import { buildRepeatedly } from './repeat.ts';

/** What was built, and what the registry has of it. */
export interface Built {
  readonly result: BuildResult;
  /** Undefined when nothing was pushed, or the registry does not tell. */
  readonly stored: StoredImage | undefined;
  /** Digests of what was sent to a registry; undefined when nobody has asked, or BuildKit does not tell. */
  readonly uploads: ReadonlySet<string> | undefined;
}

/** What one machine is asked to do. */
export interface Leg {
  readonly plan: BuildPlan;
  readonly builder: Builder;
}

/** What the builds of a step have in common. */
export interface StepBuild extends Pick<BuildOptions, 'step' | 'env' | 'signal' | 'hide' | 'asksUploads'> {
  readonly renewal: Destination['renewal'];
  readonly names: ImageNames;
  readonly repositories: readonly RemoteRepository[];
  readonly facts: KnownRepositories;
  /** What the names have been before. */
  readonly tags: readonly TagState[];
}

export interface LegOptions extends StepBuild, Pick<BuildOptions, 'output'> {
  /** Takes what the runner shows as a warning when the build has ended. */
  readonly warn: (message: string) => void;
}

/**
 * Builds on one machine: layers of a cache may be compressed in another way than was asked for, then the image is pushed once more
 * from what is there.
 */
export async function buildLeg({ plan, builder }: Leg, options: LegOptions): Promise<Built> {
  const { names, facts } = options;
  const isOpen = plan.output.compression === 'gzip' && !plan.forceCompression;
  const forced = { ...plan, forceCompression: true };
  // A tag that stays where it was put takes one push only: there the form is forced from the start.
  const isFixed = !plan.pushByDigest && names.references.some((reference) => isMutable(reference, facts) === false);
  const first = isOpen && isFixed ? forced : plan;
  const { result, builder: used } = await buildSomewhere({ plan: first, builder }, options);
  const [stored, uploads, warnings] = await lookAt(result, used, { ...options, plan });
  if (!isOpen || first.forceCompression || !stored?.hasOtherThanGzip) {
    warnings.forEach(options.warn);
    return { result, stored, uploads };
  }
  log('A layer was there as zstd or uncompressed: the image is pushed again with gzip layers.');
  const { result: again, builder: last } = await buildSomewhere({ plan: forced, builder: used }, options);
  const cacheProblem = again.cacheProblem ?? result.cacheProblem;
  const [storedAgain, more, warningsAgain] = await lookAt(again, last, { ...options, plan });
  warningsAgain.forEach(options.warn);
  return {
    result: {
      ...again,
      cacheUse: result.cacheUse,
      emulatedSteps: result.emulatedSteps,
      record: result.record,
      cacheProblem,
    },
    stored: storedAgain,
    uploads: uploads && more && new Set([...uploads, ...more]),
  };
}

/** A machine that goes away in the middle is passed over while another one answers. */
async function buildSomewhere(
  { plan, builder }: Leg,
  options: LegOptions,
): Promise<{ readonly result: BuildResult; readonly builder: Builder }> {
  try {
    const build = () => buildOnce({ plan, builder }, options);
    return { result: await buildRepeatedly(build, options), builder };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'daemon-lost' || builder.next === undefined) {
      throw error;
    }
    const { next, place } = builder;
    const other = await next().catch(() => {
      throw error;
    });
    log(`${place} has gone: building at ${other.place}`);
    options.warn(`${place} has ended in the middle of the build, which was begun again at ${other.place}.`);
    return buildSomewhere({ plan, builder: other }, options);
  }
}

async function buildOnce({ plan, builder }: Leg, options: LegOptions): Promise<BuildResult> {
  const { client, emulation, place, daemon, isThere } = builder;
  const diagnose = await beginDiagnosis({ place, daemon, hide: options.hide, places: placesOf(plan, options) });
  const watch = watchMachine(isThere);
  try {
    return await buildImage(plan, { ...options, client, emulation, daemon, gone: watch.gone });
  } catch (error) {
    const diagnosed = await diagnose(error, watch.gone.aborted);
    throw await nameStages(diagnosed, plan, { ...options, client });
  } finally {
    watch.end();
  }
}

/** Where a build writes on this machine, beside the data of its daemon. */
function placesOf({ output }: BuildPlan, { step }: LegOptions): string[] {
  return [...output.exporters.flatMap((exporter) => exporter.get('dest') ?? []), step.directory];
}

/** What has arrived, and what was sent for it. */
async function lookAt(result: BuildResult, { client }: Builder, options: LegOptions & { readonly plan: BuildPlan }) {
  const { plan } = options;
  try {
    return await Promise.all([
      readBack(result, plan, options),
      findUploads(result, client, options),
      confirm(result, options),
    ]);
  } finally {
    await forgetBuild({ plan, client, ref: result.ref });
  }
}

async function confirm(
  { digest }: BuildResult,
  { plan, names, repositories, signal }: LegOptions & { readonly plan: BuildPlan },
): Promise<readonly string[]> {
  const references = plan.pushByDigest ? [] : names.references;
  return plan.push ? confirmArrival({ digest, references, repositories }, signal) : [];
}

/** It is for people: the build is as good without. */
async function findUploads(
  result: BuildResult,
  client: Client,
  options: LegOptions & { readonly plan: BuildPlan },
): Promise<ReadonlySet<string> | undefined> {
  const { ref } = result;
  if (ref === undefined || !options.plan.push || !options.asksUploads) {
    return undefined;
  }
  // The repository has had this very image under one of its names.
  if (options.tags.some(({ digest }) => digest === result.digest)) {
    return new Set();
  }
  return readUploads(client, ref).catch((error: unknown) => {
    debug(`BuildKit does not tell what it has sent: ${error}`);
    return undefined;
  });
}

/** Asking for it may be denied: then nobody knows, and the build is as good as without. */
async function readBack(
  { digest }: BuildResult,
  { push }: BuildPlan,
  { repositories }: { repositories: readonly RemoteRepository[] },
): Promise<StoredImage | undefined> {
  const [repository] = repositories;
  if (!push || repository === undefined) {
    return undefined;
  }
  return readStoredImage(repository, digest).catch((error: unknown) => {
    debug(`The image cannot be read back: ${error}`);
    return undefined;
  });
}
