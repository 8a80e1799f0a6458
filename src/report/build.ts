import { readShown } from '../inputs/shown.ts';
import type { Inputs } from '../inputs.ts';
import type { Built } from '../leg.ts';
import type { ImageNames } from '../plan/image.ts';
import { digestsByPlatform } from '../plan/platform-digests.ts';
import { builtPlatforms } from '../plan/platforms.ts';
import type { KeptImage } from '../registry/tags.ts';
import type { Environment, Runner } from '../runner.ts';
import type { Release } from '../scan.ts';
import type { Source } from '../source/source.ts';
import { imageOutputs, sourceOutputs } from './outputs.ts';
import { redactor } from './redact.ts';
import { KEPT, KEPT_AND_TAGGED, report } from './report.ts';
import type { Transferred } from './summary.ts';

/** What a report needs to know of the step. */
interface Step {
  readonly inputs: Inputs;
  readonly runner: Runner;
  readonly env: Environment;
  readonly names: ImageNames;
  /** Undefined when it was not needed. */
  readonly source: Source | undefined;
  /** Milliseconds since 1970. */
  readonly begin: number;
}

/** Reports an image that was built, also one that has got no tag for what a scan says. */
export async function reportBuilt(
  { result, stored, uploads }: Built,
  release: Release,
  step: Step & { readonly platforms: readonly string[] },
): Promise<void> {
  const { inputs, env, names, source, begin } = step;
  const { push } = inputs;
  const { tagged, scan, refusal } = release;
  const { digest, metadata, manifests, cacheUse, cacheProblem, record } = result;
  const platforms = digestsByPlatform({
    digest,
    platforms: step.platforms,
    stored: stored?.platforms ?? new Map(),
    manifests,
  });
  const outputs = {
    ...imageOutputs({ names, digest, pushed: push, tagged, platforms }),
    metadata,
    scanFindings: scan === undefined ? '' : JSON.stringify(scan.counts),
    ...sourceOutputs(source),
  };
  const duration = Date.now() - begin;
  const outcome = {
    done: doneWith(inputs, release),
    // What a scan has refused is not for a deployment.
    deployable: push && refusal === undefined,
    duration,
    size: stored?.size,
    sizes: stored?.sizes,
    // Another registry may have had what the first one had not.
    transfer: names.repositories.length === 1 ? transferOf(stored?.blobs, uploads) : undefined,
    cacheUse,
    cacheProblem,
    scan,
    refusal,
    record,
    redact: redactor(readShown(env).buildArguments),
  };
  await report(outputs, outcome, { inputs, env });
}

function doneWith({ push, pushByDigest }: Inputs, { refusal }: Release): string {
  if (!push) {
    return 'Built, not pushed:';
  }
  return pushByDigest ? 'Pushed without a tag:' : refusal === undefined ? 'Pushed' : 'Pushed, but not tagged as';
}

/** @param blobs bytes of each part of the image, by its digest */
function transferOf(
  blobs: ReadonlyMap<string, number> | undefined,
  uploads: ReadonlySet<string> | undefined,
): Transferred | undefined {
  if (blobs === undefined || uploads === undefined) {
    return undefined;
  }
  const sum = (sizes: readonly (readonly [string, number])[]) => sizes.reduce((total, [, size]) => total + size, 0);
  const [pushed, all] = [sum([...blobs].filter(([digest]) => uploads.has(digest))), sum([...blobs])];
  return { pushed, reused: all - pushed };
}

/** Reports an image that was there before, and was not built again. */
export async function reportKept(
  { digest, tagged, platforms: stored, size, sizes }: KeptImage,
  step: Step,
): Promise<void> {
  const { inputs, runner, env, names, source, begin } = step;
  const platforms = digestsByPlatform({ digest, platforms: builtPlatforms(inputs, runner), stored, manifests: [] });
  const metadata = JSON.stringify({ 'containerimage.digest': digest });
  const outputs = {
    ...imageOutputs({ names, digest, pushed: false, tagged, platforms }),
    metadata,
    scanFindings: '',
    ...sourceOutputs(source),
  };
  const done = tagged.length === 0 ? KEPT : KEPT_AND_TAGGED;
  const outcome = { done, deployable: true, duration: Date.now() - begin, size, sizes };
  await report(outputs, outcome, { inputs, env });
}
