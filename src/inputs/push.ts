import { Failure } from '../failure.ts';
import { TAG_POLICIES, type TagPolicy } from '../plan/existing-tags.ts';
import { NO_SETTINGS, parseRepositorySettings, type RepositorySettings } from '../plan/repository-settings.ts';
import { type Ask, attempt, flag, list, oneOf, type Reading } from './grammar.ts';
import { readTextOrFile } from './texts.ts';

/** Whether the image is pushed, and what happens when its place is taken or missing. */
export interface PushInputs {
  readonly push: boolean;
  /** Without a tag: a merge names it later. */
  readonly pushByDigest: boolean;
  readonly ifTagExists: TagPolicy;
  /** Whether a missing repository is created. */
  readonly createRepository: boolean;
  readonly repositorySettings: RepositorySettings;
}

export interface PushReading {
  readonly get: () => PushInputs;
  readonly push: Reading<boolean>;
}

/** Reads `push`, `pushByDigest`, `ifTagExists`, `createRepository` and `repositorySettings`. */
export async function readPush({ raw, problems, workflow }: Ask): Promise<PushReading> {
  const push = await attempt(problems, () => flag(raw, 'push', true));
  const pushByDigest = await attempt(problems, () => flag(raw, 'pushByDigest', false));
  const ifTagExists = await attempt(problems, () => oneOf(raw, 'ifTagExists', TAG_POLICIES) ?? 'overwrite');
  const createRepository = await attempt(problems, () => flag(raw, 'createRepository', false));
  const repositorySettings = await attempt(problems, async () => {
    const text = await readTextOrFile(raw, 'repositorySettings', workflow);
    return text === undefined ? undefined : parseRepositorySettings(text);
  });
  await attempt(problems, () => {
    if (pushByDigest.known && (ifTagExists.known ?? 'overwrite') !== 'overwrite') {
      throw new Failure({
        code: 'push-conflict',
        message: `pushByDigest: the image gets no tag, so there is none that ifTagExists: ${ifTagExists.known} could ask for.`,
        hint: 'Leave ifTagExists out here, and give it to the merge action.',
      });
    }
    if (pushByDigest.known && list(raw, 'imageTag', /,/).length > 0) {
      throw new Failure({
        code: 'push-conflict',
        message: 'pushByDigest: the image would get no tag, and imageTag is given.',
        hint: 'Keep one of the two; what is pushed by digest gets its tags from the merge action.',
      });
    }
  });
  return {
    push,
    get: () => ({
      push: push.get(),
      pushByDigest: pushByDigest.get(),
      ifTagExists: ifTagExists.get(),
      createRepository: createRepository.get(),
      repositorySettings: repositorySettings.get() ?? NO_SETTINGS,
    }),
  };
}
