import * as core from '@actions/core';
import type { CacheUse } from '../buildkit/cache-metrics.ts';
import type { ImageInputs } from '../inputs/image.ts';
import type { ResultInputs } from '../inputs/results.ts';
import { log, warn } from '../log.ts';
import { docsAddress, type Environment } from '../runner.ts';
import { formatCacheUse, formatDuration } from './format.ts';
import { writeImageDefinitions } from './image-definitions.ts';
import { type ImageOutputs, withPrefix } from './outputs.ts';
import { type SummaryFacts, summaryMarkdown } from './summary.ts';
import { writeSummary } from './write-summary.ts';

/** Begins the line of an image that was there before. */
export const KEPT = 'Kept, the tag exists:';

/** What became of an image that was there, and has got further tags. */
export const KEPT_AND_TAGGED = 'Kept, a tag exists; it now has these, too:';

/** What came of a step, beside its outputs. */
export interface Outcome
  extends Pick<
    SummaryFacts,
    'done' | 'deployable' | 'duration' | 'sizes' | 'transfer' | 'scan' | 'refusal' | 'record' | 'redact'
  > {
  /** Bytes in the registry; undefined when it does not tell. */
  readonly size?: number | undefined;
  readonly cacheUse?: CacheUse | undefined;
  /** Why the cache could not be exported. */
  readonly cacheProblem?: string | undefined;
}

/** Tells the workflow, the log, a deployment and the job summary what there is now. The outputs come first: they are what counts. */
export async function report(
  outputs: ImageOutputs,
  outcome: Outcome,
  {
    inputs,
    env,
  }: {
    readonly inputs: Pick<
      ImageInputs & ResultInputs,
      'imageShortName' | 'outputPrefix' | 'summary' | 'imageDefinitions'
    >;
    readonly env: Environment;
  },
): Promise<void> {
  const { done, deployable, duration, size, cacheUse, cacheProblem } = outcome;
  for (const [name, value] of Object.entries(withPrefix(outputs, inputs.outputPrefix))) {
    core.setOutput(name, value);
  }
  if (cacheProblem !== undefined) {
    warn(`The image is complete, but its cache could not be exported: ${cacheProblem}`);
  }
  if (cacheUse !== undefined) {
    log(`From cache: ${formatCacheUse(cacheUse)}`);
  }
  if (inputs.imageDefinitions !== undefined && deployable) {
    await writeImageDefinitions(inputs.imageDefinitions, outputs.imageFullNameDigest);
    log(`Container ${inputs.imageDefinitions.container} in ${inputs.imageDefinitions.path}`);
  }
  log(`${done} ${shownName(outputs, inputs)} (${formatDuration(duration)})`);
  log(`Digest ${(deployable && outputs.imageFullNameDigest) || outputs.imageDigest}`);
  if (inputs.summary) {
    const facts = { ...outcome, name: inputs.imageShortName, docs: docsAddress(env), outputs, size, cacheUse };
    await writeSummary(() => summaryMarkdown(facts), env);
  }
}

function shownName(
  { imageTags, imageFullNameTag, imageFullNameDigest }: ImageOutputs,
  { imageShortName }: Pick<ImageInputs, 'imageShortName'>,
): string {
  const tags = imageTags.replaceAll('\n', ', ');
  return tags || imageFullNameTag || imageFullNameDigest.replace(/@.*/, '') || imageShortName;
}
