import type { Inputs } from '../inputs.ts';
import type { Runner } from '../runner.ts';
import type { Source } from '../source/source.ts';
import type { BuildPlan } from './arguments.ts';
import type { CachePlan } from './cache.ts';
import type { ImageNames } from './image.ts';
import { imageLabels } from './labels.ts';
import { formatReference, formatRepository } from './reference.ts';

/** Joins everything that decides what is built. */
export function planBuild(
  inputs: Inputs,
  facts: { readonly runner: Runner; readonly source: Source; readonly names: ImageNames; readonly cache: CachePlan },
): BuildPlan {
  const { runner, source, names, cache } = facts;
  const { context, build, output, push, scanFailOn, extraArgs } = inputs;
  // What is scanned first gets its tags afterwards.
  const pushByDigest = inputs.pushByDigest || (push && scanFailOn !== undefined);
  const { commit, version, epoch, builtInFrontend } = source;
  const origin = commit === undefined ? undefined : runner.repositoryUrl;
  return {
    context,
    build,
    output,
    cache,
    names: pushByDigest ? names.repositories.map(formatRepository) : names.references.map(formatReference),
    push,
    pushByDigest,
    labels: imageLabels(build.labels, { source: origin, commit, version }),
    vcs: [
      ...(origin === undefined ? [] : [{ key: 'source', value: origin }]),
      ...(commit === undefined ? [] : [{ key: 'revision', value: commit.sha }]),
    ],
    epoch,
    builtInFrontend: builtInFrontend !== undefined,
    // gzip layers are left as they are, those of the base image too; any other form is for all of them.
    forceCompression: output.compression !== 'gzip',
    extraArgs,
  };
}
