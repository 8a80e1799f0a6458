import type { BuildInputs } from '../inputs/build.ts';
import type { OutputInputs } from '../inputs/output.ts';
import type { Inputs } from '../inputs.ts';
import { textAt } from '../json.ts';
import type { BuildContext } from '../source/context.ts';
import type { Source } from '../source/source.ts';
import { type Annotation, ofIndex, ofManifests } from './annotations.ts';
import type { CachePlan } from './cache.ts';
import type { ImageNames } from './image.ts';
import { imageLabels } from './labels.ts';
import type { Pair } from './pairs.ts';
import { formatReference, formatRepository, type Repository } from './reference.ts';

/** What `buildctl` is asked to do. */
export interface BuildPlan {
  readonly context: BuildContext;
  readonly build: BuildInputs;
  readonly output: OutputInputs;
  readonly cache: CachePlan;
  /** `registry/name:tag` each, or `registry/name` when pushed by digest; may be empty when nothing is pushed. */
  readonly names: readonly string[];
  readonly push: boolean;
  readonly pushByDigest: boolean;
  /** What the whole image is for, in the order that was asked for; empty: the machine's own. */
  readonly imagePlatforms: readonly string[];
  /** Of an index that is joined from several builds: its annotations, and whether it gets no tag either. */
  readonly indexAnnotations: readonly Annotation[];
  readonly indexByDigest: boolean;
  /** All of the image's, those that the action adds included. */
  readonly labels: readonly Pair[];
  /** What is known of the source, for the provenance. */
  readonly vcs: readonly Pair[];
  /** Seconds since 1970 that all timestamps are set to; undefined: they are the clock's. */
  readonly epoch: number | undefined;
  /** The Dockerfile's own frontend is one that BuildKit has built in. */
  readonly builtInFrontend: boolean;
  /** Every layer is brought into the form that was asked for, also those of the base image. */
  readonly forceCompression: boolean;
  readonly extraArgs: readonly string[];
}

/**
 * Joins everything that decides what is built, and where.
 * @param facts.groups platforms that are built together; of several groups, each is a part that is joined with the others afterwards
 * @param facts.caches of each group
 * @returns a plan for each group
 */
export function planBuilds(
  inputs: Inputs,
  facts: {
    readonly source: Source;
    readonly names: ImageNames;
    readonly groups: readonly (readonly string[])[];
    readonly caches: readonly CachePlan[];
  },
): BuildPlan[] {
  const { source, names, groups, caches } = facts;
  return caches.map((cache, index) => {
    const plan = planBuild(inputs, { source, names, cache });
    const platforms = groups[index] ?? [];
    return groups.length === 1 ? plan : planLeg(plan, { platforms, repositories: names.repositories });
  });
}

/** Joins everything that decides what is built. */
export function planBuild(
  inputs: Inputs,
  facts: { readonly source: Source; readonly names: ImageNames; readonly cache: CachePlan },
): BuildPlan {
  const { source, names, cache } = facts;
  const { output, push, scanFailOn, extraArgs } = inputs;
  // What is scanned first gets its tags afterwards.
  const pushByDigest = inputs.pushByDigest || (push && scanFailOn !== undefined);
  const { context, contexts, commit, page, version, epoch, builtInFrontend } = source;
  const build = { ...inputs.build, contexts };
  return {
    context,
    build,
    output,
    cache,
    names: pushByDigest ? names.repositories.map(formatRepository) : names.references.map(formatReference),
    push,
    pushByDigest,
    imagePlatforms: build.platforms,
    indexAnnotations: ofIndex(build.annotations),
    indexByDigest: pushByDigest,
    labels: imageLabels(build.labels, { source: page, commit, version }),
    vcs: [
      ...(page === undefined ? [] : [{ key: 'source', value: page }]),
      ...(commit === undefined ? [] : [{ key: 'revision', value: commit.sha }]),
    ],
    epoch,
    builtInFrontend: builtInFrontend !== undefined,
    // gzip layers are left as they are, those of the base image too; any other form is for all of them.
    forceCompression: output.compression !== 'gzip',
    extraArgs,
  };
}

/**
 * The part of a plan that one of several machines has: its platforms, pushed without a tag.
 * @param repositories of the image
 */
function planLeg(
  plan: BuildPlan,
  { platforms, repositories }: { platforms: readonly string[]; repositories: readonly Repository[] },
): BuildPlan {
  const { attestations, annotations } = plan.build;
  const isIndex = platforms.length > 1 || (attestations.provenance ?? attestations.sbom) !== undefined;
  return {
    ...plan,
    build: { ...plan.build, platforms, annotations: ofManifests(annotations, { platforms, isIndex }) },
    names: repositories.map(formatRepository),
    pushByDigest: plan.push,
  };
}

/** A plan for those who look for what went wrong: JSON, in which a secret is its id alone. */
export function describePlan(plan: BuildPlan): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === 'secrets' && Array.isArray(value)) {
      return value.map((secret: unknown) => textAt(secret, 'id'));
    }
    return value instanceof Map ? Object.fromEntries(value) : value;
  });
}
