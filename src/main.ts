import * as core from '@actions/core';
import type { Registries } from './aws/login.ts';
import { buildAndCheck } from './build.ts';
import { openBuilder } from './buildkit/builder.ts';
import { chooseCache } from './cache.ts';
import { Failure } from './failure.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { sweep } from './machine/dispose.ts';
import { openStep, type StepScratch } from './machine/step.ts';
import { planBuild } from './plan/build-plan.ts';
import { cacheHosts } from './plan/cache.ts';
import { findTargets, nameImage } from './plan/image.ts';
import { formatDuration } from './report/format.ts';
import { imageOutputs } from './report/outputs.ts';
import { report } from './report/report.ts';
import { type Environment, type Runner, readRunner } from './runner.ts';
import { readSource } from './source/source.ts';
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
  const swept = sweep(runner.temp, core.warning);
  const [builder, registries, source] = await Promise.all([
    openBuilder({ inputs: inputs.buildkit, runner, env, step, swept, log }),
    logIn(job),
    readSource(inputs, { runner, env, log }),
  ]);

  const names = nameImage(inputs, { tags: source.tags, ownHost: registries?.ownHost });
  const cache = await chooseCache(inputs, { runner, env, names, registries });
  const title = `Build ${inputs.imageShortName}`;
  const plan = planBuild(inputs, { runner, source, names, cache });
  const { result, stored } = await buildAndCheck(plan, { ...builder, step, env, signal, title, names, registries });

  const outputs = imageOutputs({ names, result, push: inputs.push });
  const { cacheUse, cacheProblem } = result;
  await report(outputs, { inputs, size: stored?.size, cacheUse, cacheProblem, duration: Date.now() - begin, env });
}

/** One line: a path of the machine may hold a line break, and what follows it could be a command for the runner. */
function log(line: string): void {
  core.info(line.replaceAll(/[\r\n]+/g, ' '));
}

/** Loads the AWS SDK only here: a step that asks nothing of AWS should not wait for it. */
async function logIn({ inputs, env, step }: Job): Promise<Registries | undefined> {
  if (inputs.aws === undefined) {
    return undefined;
  }
  const begin = Date.now();
  const aws = await import('./aws/login.ts');
  const { hosts, own } = findTargets(inputs);
  const registries = await aws.logIn({
    hosts: [...hosts, ...cacheHosts(inputs.cache)],
    own,
    aws: inputs.aws,
    alias: inputs.containerRegistry,
    directory: step.dockerConfig,
    mask: core.setSecret,
    env,
  });
  core.info(
    `Logged in to ${registries.hosts.join(', ')} with ${registries.credentials.name} (${formatDuration(Date.now() - begin)})`,
  );
  return registries;
}

function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const failure = {
      code: 'build-cancelled',
      message: 'The step was cancelled.',
      hint: 'Nothing has to be changed.',
    } as const;
    const cancel = () => reject(new Failure(failure));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) {
      cancel();
    }
  });
}
