import * as core from '@actions/core';
import type { Registries } from '../aws/login.ts';
import type { Inputs } from '../inputs.ts';
import type { Environment } from '../runner.ts';
import { formatDuration } from './format.ts';
import { type ImageOutputs, withPrefix } from './outputs.ts';
import { summaryMarkdown } from './summary.ts';

/** Tells the workflow, the log and the job summary what has been built. The outputs come first: they are what counts. */
export async function report(
  outputs: ImageOutputs,
  options: {
    readonly inputs: Pick<Inputs, 'imageShortName' | 'outputPrefix' | 'push' | 'summary'>;
    /** Undefined when AWS was not asked. */
    readonly registries: Registries | undefined;
    /** Milliseconds. */
    readonly duration: number;
    readonly env: Environment;
  },
): Promise<void> {
  const { inputs, registries, duration, env } = options;
  for (const [name, value] of Object.entries(withPrefix(outputs, inputs.outputPrefix))) {
    core.setOutput(name, value);
  }
  const name = inputs.push
    ? outputs.imageTags.replaceAll('\n', ', ')
    : `${outputs.imageFullNameTag || inputs.imageShortName}`;
  core.info(`${inputs.push ? 'Pushed' : 'Built, not pushed:'} ${name} (${formatDuration(duration)})`);
  core.info(`Digest ${outputs.imageDigest}`);
  if (inputs.summary && env.GITHUB_STEP_SUMMARY) {
    const size = inputs.push ? await sizeInRegistry(outputs, registries) : undefined;
    await core.summary.addRaw(summaryMarkdown({ name: inputs.imageShortName, outputs, size, duration })).write();
  }
}

/** Asking for it may be denied: then the summary does without. */
async function sizeInRegistry(outputs: ImageOutputs, registries: Registries | undefined): Promise<number | undefined> {
  if (registries === undefined) {
    return undefined;
  }
  const { readImageSize } = await import('../aws/image-size.ts');
  return readImageSize(outputs.imageFullNameDigest, registries).catch((error: unknown) => {
    core.debug(`The size of the image is not known: ${error}`);
    return undefined;
  });
}
