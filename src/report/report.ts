import * as core from '@actions/core';
import type { CacheUse } from '../buildkit/cache-metrics.ts';
import type { Inputs } from '../inputs.ts';
import type { Environment } from '../runner.ts';
import { formatCacheUse, formatDuration } from './format.ts';
import { type ImageOutputs, withPrefix } from './outputs.ts';
import { summaryMarkdown } from './summary.ts';

/** Tells the workflow, the log and the job summary what has been built. The outputs come first: they are what counts. */
export async function report(
  outputs: ImageOutputs,
  options: {
    readonly inputs: Pick<Inputs, 'imageShortName' | 'outputPrefix' | 'push' | 'summary'>;
    /** Bytes in the registry; undefined when it does not tell. */
    readonly size: number | undefined;
    readonly cacheUse: CacheUse | undefined;
    /** Why the cache could not be exported. */
    readonly cacheProblem: string | undefined;
    /** Milliseconds. */
    readonly duration: number;
    readonly env: Environment;
  },
): Promise<void> {
  const { inputs, size, cacheUse, cacheProblem, duration, env } = options;
  for (const [name, value] of Object.entries(withPrefix(outputs, inputs.outputPrefix))) {
    core.setOutput(name, value);
  }
  const name = inputs.push
    ? outputs.imageTags.replaceAll('\n', ', ')
    : `${outputs.imageFullNameTag || inputs.imageShortName}`;
  if (cacheProblem !== undefined) {
    core.warning(`The image is complete, but its cache could not be exported: ${cacheProblem}`);
  }
  if (cacheUse !== undefined) {
    core.info(`From cache: ${formatCacheUse(cacheUse)}`);
  }
  core.info(`${inputs.push ? 'Pushed' : 'Built, not pushed:'} ${name} (${formatDuration(duration)})`);
  core.info(`Digest ${outputs.imageDigest}`);
  if (inputs.summary && env.GITHUB_STEP_SUMMARY) {
    const facts = { name: inputs.imageShortName, outputs, size, cacheUse, duration };
    // The image is where it should be: a summary that cannot be written is no reason to fail.
    await core.summary
      .addRaw(summaryMarkdown(facts))
      .write()
      .catch((error: unknown) => core.warning(`No job summary: ${error}`));
  }
}
