import { randomUUID } from 'node:crypto';
import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import { untilCancelled } from './cancellation.ts';
import { type MergeInputs, readMergeInputs } from './inputs/merge.ts';
import { log, warn } from './log.ts';
import { logInToRegistries } from './logins.ts';
import { markPrograms, stopMarked } from './machine/clients.ts';
import { type Masks, openMasks } from './masks.ts';
import { readParts } from './merge/parts.ts';
import { checkWritable, decideTags, movedTags } from './plan/existing-tags.ts';
import { type ImageNames, nameImage } from './plan/image.ts';
import { type ImageIndex, joinParts } from './plan/image-index.ts';
import { isMutable } from './plan/mutability.ts';
import type { Reference } from './plan/reference.ts';
import { openHttp } from './registry/http.ts';
import { digestOf, openRepositories, type RemoteRepository } from './registry/repository.ts';
import { keepImage, putTags, putUntagged, readTags } from './registry/tags.ts';
import { reportFailure } from './report/failure.ts';
import { imageOutputs } from './report/outputs.ts';
import { KEPT, KEPT_AND_TAGGED, report } from './report/report.ts';
import { type Environment, readWorkflow } from './runner.ts';

/**
 * From the legs of a matrix to one image: read what is asked for, log in, read the parts and the tags that are there, write
 * the index, report. Nothing is written before everything has been looked at.
 * @param signal ends the step early
 * @throws Failure with everything that the user has to know; anything else is a bug
 */
export async function merge(env: Environment, signal: AbortSignal): Promise<void> {
  const { mask, hide } = openMasks(core.setSecret);
  const name = `merge-${randomUUID()}`;
  markPrograms(name);
  try {
    await untilCancelled(runMerge(env, mask, signal), signal).catch((error: unknown) =>
      reportFailure(error, { env, signal, hide }),
    );
  } finally {
    // There is no post that would do it.
    await stopMarked(name);
  }
}

async function runMerge(env: Environment, mask: Masks['mask'], signal: AbortSignal): Promise<void> {
  const begin = Date.now();
  const inputs = await readMergeInputs(env, readWorkflow(env), mask);
  const registries = await logInToRegistries(inputs, { env, mask });
  const names = nameImage(inputs, { tags: inputs.tags, ownHost: registries.ownHost });
  const http = openHttp();
  try {
    const repositories = openRepositories(names.repositories, { ...registries, http });
    const { done, pushed, tagged, digest, platforms } = await mergeInto(repositories, {
      inputs,
      names,
      registries,
      signal,
    });
    const outputs = imageOutputs({ names, digest, pushed, tagged, platforms });
    await report(outputs, { done, deployable: true, duration: Date.now() - begin }, { inputs, env });
  } finally {
    http.close();
  }
}

interface Merged {
  readonly done: string;
  readonly pushed: boolean;
  /** Names that were written, or that had the index already. */
  readonly tagged: readonly Reference[];
  readonly digest: string;
  readonly platforms: ReadonlyMap<string, string>;
}

async function mergeInto(
  repositories: readonly RemoteRepository[],
  options: { inputs: MergeInputs; names: ImageNames; registries: Registries; signal: AbortSignal },
): Promise<Merged> {
  const { inputs, names, registries, signal } = options;
  const reading = readParts(inputs.parts, repositories);
  // Parts need not be there any more when the image is.
  reading.catch(() => undefined);
  const states = await readTags(names.references, repositories);
  const decision = decideTags(inputs.ifTagExists, states);
  const kept = decision.kind === 'keep' ? await keepImage(decision, { repositories, signal }) : undefined;
  if (kept !== undefined) {
    kept.warnings.forEach(warn);
    return { done: kept.tagged.length === 0 ? KEPT : KEPT_AND_TAGGED, pushed: false, ...kept };
  }
  const parts = await reading;
  const index = joinParts(parts, { added: inputs.annotations, ordered: inputs.ordered });
  const manifest = { digest: digestOf(index.text), mediaType: index.mediaType, text: index.text };
  await checkMovable(movedTags(states, manifest.digest), { inputs, names, registries });
  logPlatforms(index);
  const stale = states.filter((state) => state.digest !== manifest.digest).map(({ reference }) => reference);
  if (repositories.length > 1 && stale.length > 0) {
    await putUntagged(manifest, repositories);
  }
  (await putTags(manifest, { references: stale, repositories, signal })).forEach(warn);
  const done = stale.length === 0 ? 'Unchanged:' : 'Merged';
  return { done, pushed: true, tagged: names.references, digest: manifest.digest, platforms: index.platforms };
}

/** Before the first tag is written: a later one must not be what fails. */
async function checkMovable(
  references: readonly Reference[],
  { inputs, names, registries }: { inputs: MergeInputs; names: ImageNames; registries: Registries },
): Promise<void> {
  if (references.length === 0) {
    return;
  }
  const { describeRepositories } = await import('./aws/repositories.ts');
  const facts = await describeRepositories(references, registries);
  checkWritable(references, {
    policy: inputs.ifTagExists,
    first: names.references[0]?.tag,
    isMutable: (reference) => isMutable(reference, facts),
  });
}

function logPlatforms({ platforms }: ImageIndex): void {
  if (platforms.size === 1) {
    warn(
      'The parts are one image of one platform: look whether the legs of the matrix have built for different platforms, and hand on outputs of different names.',
    );
  }
  for (const [platform, digest] of platforms) {
    log(`${platform} ${digest}`);
  }
}
