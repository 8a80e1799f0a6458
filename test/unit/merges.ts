import { type MergeInputs, readMergeInputs } from '../../src/inputs/merge.ts';
import { environmentOf, type Given, runnerOf } from './job.ts';

/** Reads the inputs of a step that merges. It knows of its workflow, and nothing of a machine that could build. */
export function readMerge({ workspace, event, mask = () => undefined, ...given }: Given): Promise<MergeInputs> {
  const { repositoryUrl, event: happened } = runnerOf(workspace, event);
  return readMergeInputs(environmentOf(given), { workspace, repositoryUrl, event: happened }, mask);
}
