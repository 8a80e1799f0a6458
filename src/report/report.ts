import * as core from '@actions/core';
import type { CacheUse } from '../buildkit/cache-metrics.ts';
import type { ImageInputs } from '../inputs/image.ts';
import type { ResultInputs } from '../inputs/results.ts';
import { log } from '../log.ts';
import type { ScanReport } from '../plan/scan.ts';
import type { Environment } from '../runner.ts';
import { formatCacheUse, formatDuration } from './format.ts';
import { writeImageDefinitions } from './image-definitions.ts';
import { type ImageOutputs, withPrefix } from './outputs.ts';
import { summaryMarkdown } from './summary.ts';

/** Begins the line of an image that was there before. */
export const KEPT = 'Kept, the tag exists:';

/** What came of a step, beside its outputs. */
export interface Outcome {
  /** Begins the line of the log that names the image, such as `Pushed`. */
  readonly done: string;
  /** Whether the image can be deployed from the registry. */
  readonly deployable: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Bytes in the registry; undefined when it does not tell. */
  readonly size?: number | undefined;
  readonly cacheUse?: CacheUse | undefined;
  /** Why the cache could not be exported. */
  readonly cacheProblem?: string | undefined;
  readonly scan?: ScanReport | undefined;
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
  const { done, deployable, duration, size, cacheUse, cacheProblem, scan } = outcome;
  for (const [name, value] of Object.entries(withPrefix(outputs, inputs.outputPrefix))) {
    core.setOutput(name, value);
  }
  if (cacheProblem !== undefined) {
    core.warning(`The image is complete, but its cache could not be exported: ${cacheProblem}`);
  }
  if (cacheUse !== undefined) {
    log(`From cache: ${formatCacheUse(cacheUse)}`);
  }
  if (inputs.imageDefinitions !== undefined && deployable) {
    await writeImageDefinitions(inputs.imageDefinitions, outputs.imageFullNameDigest);
    log(`Container ${inputs.imageDefinitions.container} in ${inputs.imageDefinitions.path}`);
  }
  log(`${done} ${shownName(outputs, inputs)} (${formatDuration(duration)})`);
  log(`Digest ${outputs.imageFullNameDigest || outputs.imageDigest}`);
  if (inputs.summary && env.GITHUB_STEP_SUMMARY) {
    const facts = { name: inputs.imageShortName, outputs, size, cacheUse, scan, duration };
    // The image is where it should be: a summary that cannot be written is no reason to fail.
    await core.summary
      .addRaw(summaryMarkdown(facts))
      .write()
      .catch((error: unknown) => core.warning(`No job summary: ${error}`));
  }
}

function shownName(
  { imageTags, imageFullNameTag, imageFullNameDigest }: ImageOutputs,
  { imageShortName }: Pick<ImageInputs, 'imageShortName'>,
): string {
  const tags = imageTags.replaceAll('\n', ', ');
  return tags || imageFullNameTag || imageFullNameDigest.replace(/@.*/, '') || imageShortName;
}
