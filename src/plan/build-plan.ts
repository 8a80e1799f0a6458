import type { BuildInputs } from '../inputs/build.ts';
import type { OutputInputs } from '../inputs/output.ts';
import type { Inputs } from '../inputs.ts';
import type { BuildContext } from '../source/context.ts';
import type { Source } from '../source/source.ts';
import type { CachePlan } from './cache.ts';
import type { ImageNames } from './image.ts';
import { imageLabels } from './labels.ts';
import type { Pair } from './pairs.ts';
import { formatReference, formatRepository } from './reference.ts';

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
