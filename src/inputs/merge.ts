import { Failure, throwTogether } from '../failure.ts';
import { type Annotation, parseAnnotation } from '../plan/annotations.ts';
import { TAG_POLICIES, type TagPolicy } from '../plan/existing-tags.ts';
import { checkMergeAnnotations } from '../plan/image-index.ts';
import { DEFAULT_CACHE_TAG } from '../plan/tags.ts';
import type { Environment, Workflow } from '../runner.ts';
import { type AwsInputs, readAws } from './aws.ts';
import { type Ask, attempt, attemptAll, list, oneOf, readRaw } from './grammar.ts';
import { type ImageInputs, readImage } from './image.ts';
import { type PartsInput, readPartInputs } from './parts.ts';
import { type ResultInputs, readResults } from './results.ts';

/** Everything that a workflow says with `with:` to the merge action, checked. */
export interface MergeInputs extends ImageInputs, ResultInputs, PartsInput {
  readonly annotations: readonly Annotation[];
  readonly ifTagExists: TagPolicy;
  readonly aws: AwsInputs;
}

/**
 * Reads all inputs of the merge action.
 * @param mask called with every secret before anything else is done with it
 * @throws Failure with the problems of all inputs together
 */
export async function readMergeInputs(
  env: Environment,
  workflow: Workflow,
  mask: (secret: string) => void,
): Promise<MergeInputs> {
  const ask: Ask = { raw: readRaw(env), env, workflow, mask, problems: [] };
  const { raw, problems } = ask;

  const image = await readImage(ask, DEFAULT_CACHE_TAG);
  await attempt(problems, () => {
    if (list(raw, 'imageTag', /,/).length === 0) {
      throw new Failure({
        code: 'input-missing',
        message: 'imageTag: no value is given.',
        hint: 'A merge derives no tag: set the one that all legs are part of, such as v1.',
      });
    }
  });
  const parts = await readPartInputs(ask, {
    tags: () => image.get().tags,
    prefix: () => raw.text('image')?.toLowerCase(),
  });
  const annotations = await attemptAll(problems, list(raw, 'annotations'), parseAnnotation);
  await attempt(problems, () => checkMergeAnnotations(annotations.known?.flat() ?? []));
  const ifTagExists = await attempt(problems, () => oneOf(raw, 'ifTagExists', TAG_POLICIES) ?? 'overwrite');
  const aws = await readAws(ask, {
    needed: () => true,
    hosts: () => image.targets().hosts,
    forkHint: 'Leave the merge out: if: ${{ !github.event.pull_request.head.repo.fork }}',
  });
  const results = await readResults(ask);

  throwTogether(problems);
  return {
    ...image.get(),
    ...results(),
    ...parts(),
    annotations: annotations.get().flat(),
    ifTagExists: ifTagExists.get(),
    aws: required(aws()),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('a merge always asks AWS');
  }
  return value;
}
