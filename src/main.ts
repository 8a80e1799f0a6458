import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import { buildImage } from './buildkit/build.ts';
import { openBuilder } from './buildkit/builder.ts';
import { Failure } from './failure.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { sweep } from './machine/dispose.ts';
import { openStep, type StepScratch } from './machine/step.ts';
import { findTargets, nameImage } from './plan/image.ts';
import { type TagEntry, tagOfRef, tagsOfCommit } from './plan/tags.ts';
import { formatDuration } from './report/format.ts';
import { imageOutputs } from './report/outputs.ts';
import { report } from './report/report.ts';
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
    await Promise.race([buildAndPush({ inputs, runner, env, step, signal }), cancelled(signal)]);
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
}

async function buildAndPush(job: Job): Promise<void> {
  const { inputs, runner, env, step, signal } = job;
  const begin = Date.now();
  const swept = sweep(core.warning);
  const [builder, registries, tags] = await Promise.all([
    openBuilder({ inputs: inputs.buildkit, runner, env, step, swept, log: core.info }),
    logIn(job),
    chooseTags(job),
  ]);

  const names = nameImage(inputs, { tags, ownHost: registries?.ownHost });
  const { context, extraArgs, push } = inputs;
  const result = await core.group(`Build ${inputs.imageShortName}`, () =>
    buildImage({ context, extraArgs, push, names: names.references }, { ...builder, step, env, signal }),
  );

  await report(imageOutputs({ names, result, push }), { inputs, registries, duration: Date.now() - begin, env });
}

/** Loads the AWS SDK only here: a step that asks nothing of AWS should not wait for it. */
async function logIn({ inputs, env, step }: Job): Promise<Registries | undefined> {
  if (inputs.aws === undefined) {
    return undefined;
  }
  const begin = Date.now();
  const aws = await import('./aws/login.ts');
  const registries = await aws.logIn({
    ...findTargets(inputs),
    aws: inputs.aws,
    alias: inputs.containerRegistry,
    directory: step.dockerConfig,
    mask: core.setSecret,
    env,
  });
  const hosts = registries.hosts.join(', ');
  core.info(`Logged in to ${hosts} with ${registries.credentials.name} (${formatDuration(Date.now() - begin)})`);
  return registries;
}

async function chooseTags({ inputs, runner, env }: Job): Promise<readonly TagEntry[]> {
  if (inputs.tags.length > 0) {
    return inputs.tags;
  }
  const { event, workspace } = runner;
  const { directory } = inputs.context;
  const tag = tagOfRef(event);
  const tags = tag === undefined ? tagsOfCommit(event, await readCommit({ directory, workspace, env })) : [tag];
  core.info(`Tags of this commit: ${tags.join(', ')}`);
  return tags.map((name) => ({ kind: 'tag', tag: name }) as const);
}

function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const failure = {
      code: 'build-cancelled',
      message: 'The step was cancelled.',
      hint: 'Nothing has to be changed.',
    } as const;
    signal.addEventListener('abort', () => reject(new Failure(failure)));
  });
}
