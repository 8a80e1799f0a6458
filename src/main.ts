import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@actions/core';
import { buildImage } from './buildkit/build.ts';
import { type Builder, openBuilder } from './buildkit/builder.ts';
import { Failure } from './failure.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { sweep } from './machine/dispose.ts';
import { openStep, type StepScratch } from './machine/step.ts';
import { findTargets, nameImage } from './plan/image.ts';
import { type TagEntry, tagOfRef, tagsOfCommit } from './plan/tags.ts';
import { formatDuration } from './report/format.ts';
import { imageOutputs, withPrefix } from './report/outputs.ts';
import { summaryMarkdown } from './report/summary.ts';
import { type Environment, type Runner, readRunner } from './runner.ts';
import { readCommit } from './source/commit.ts';
import { formatState, STATE_NAME } from './state.ts';

/**
 * From a Dockerfile to an image in ECR: read what is asked for, bring up BuildKit, log in and read the source at the
 * same time, build and push, report.
 * @param signal ends the step early
 * @throws Failure with everything that the user has to know; anything else is a bug
 */
export async function run(env: Environment, signal: AbortSignal): Promise<void> {
  const begin = Date.now();
  const runner = readRunner(env);
  const inputs = await readInputs(env, runner, core.setSecret);
  if (inputs.aws?.region.warning !== undefined) {
    core.warning(inputs.aws.region.warning);
  }
  const step = await openStep({
    temp: runner.temp,
    save: (scratch) => core.saveState(STATE_NAME, formatState({ scratch })),
  });
  try {
    await Promise.race([buildAndReport({ inputs, runner, env, step, signal, begin }), cancelled(signal)]);
  } finally {
    await step.close();
  }
}

interface Job {
  readonly inputs: Inputs;
  readonly runner: Runner;
  readonly env: Environment;
  readonly step: StepScratch;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly begin: number;
}

async function buildAndReport({ inputs, runner, env, step, signal, begin }: Job): Promise<void> {
  const swept = sweep(core.warning);
  const dockerConfig = join(step.directory, 'docker');
  await mkdir(dockerConfig, { mode: 0o700 });

  const [builder, registries, tags] = await Promise.all([
    openBuilder({ inputs: inputs.buildkit, runner, env, step, swept, log: core.info }),
    logIn({ inputs, env, dockerConfig }),
    chooseTags({ inputs, runner, env }),
  ]);

  const names = nameImage(inputs, { tags, ownHost: registries?.ownHost });
  const result = await build(builder);
  const outputs = imageOutputs({ names, result, push: inputs.push });
  for (const [name, value] of Object.entries(withPrefix(outputs, inputs.outputPrefix))) {
    core.setOutput(name, value);
  }
  const duration = Date.now() - begin;
  core.info(
    `${inputs.push ? 'Pushed' : 'Built, not pushed:'} ${names.references.join(', ') || inputs.imageShortName} (${formatDuration(duration)})`,
  );
  core.info(`Digest ${result.digest}`);
  if (inputs.summary && env.GITHUB_STEP_SUMMARY) {
    const size = await sizeInRegistry(result.digest);
    await core.summary.addRaw(summaryMarkdown({ name: inputs.imageShortName, outputs, size, duration })).write();
  }

  function build({ buildctl, address }: Builder) {
    const plan = { context: inputs.context, names: names.references, push: inputs.push, extraArgs: inputs.extraArgs };
    return core.group(`Build ${inputs.imageShortName}`, () =>
      buildImage(plan, { buildctl, address, directory: step.directory, dockerConfig, env, signal }),
    );
  }

  async function sizeInRegistry(digest: string): Promise<number | undefined> {
    if (!inputs.push || registries === undefined || names.first === undefined) {
      return undefined;
    }
    const { readImageSize } = await import('./aws/image-size.ts');
    return readImageSize({ registries, ...names.first, digest }).catch((error: unknown) => {
      core.debug(`The size of the image is not known: ${error}`);
      return undefined;
    });
  }
}

async function logIn({ inputs, env, dockerConfig }: Pick<Job, 'inputs' | 'env'> & { dockerConfig: string }) {
  if (inputs.aws === undefined) {
    return undefined;
  }
  const begin = Date.now();
  // Loaded here, because a step that asks nothing of AWS should not wait for its SDK.
  const aws = await import('./aws/login.ts');
  const registries = await aws.logIn({
    aws: inputs.aws,
    ...findTargets(inputs),
    alias: inputs.containerRegistry,
    env,
    directory: dockerConfig,
    mask: core.setSecret,
  });
  core.info(
    `Logged in to ${registries.hosts.join(', ')} with ${registries.credentials.name} (${formatDuration(Date.now() - begin)})`,
  );
  return registries;
}

async function chooseTags({
  inputs,
  runner,
  env,
}: Pick<Job, 'inputs' | 'runner' | 'env'>): Promise<readonly TagEntry[]> {
  if (inputs.tags.length > 0) {
    return inputs.tags;
  }
  const tag = tagOfRef(runner.event);
  const directory = inputs.context.directory;
  const tags =
    tag !== undefined
      ? [tag]
      : tagsOfCommit(runner.event, await readCommit({ directory, workspace: runner.workspace, env }));
  core.info(`Tags of this commit: ${tags.join(', ')}`);
  return tags.map((name) => ({ kind: 'tag', tag: name }) as const);
}

function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(
        new Failure({
          code: 'build-cancelled',
          message: 'The step was cancelled.',
          hint: 'Nothing has to be changed.',
        }),
      ),
    );
  });
}
