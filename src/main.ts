import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { annotated } from './annotate.ts';
import { buildAndCheck } from './build.ts';
import { openBuilders } from './buildkit/builders.ts';
import { emulatedStepsLines } from './buildkit/emulation-log.ts';
import { untilCancelled } from './cancellation.ts';
import { type Commands, openCommands } from './commands.ts';
import { findDestination, keepExisting, planCaches, prepareDestination } from './destination.ts';
import type { Failure } from './failure.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { debug, log, warn } from './log.ts';
import { logInToPulled } from './logins.ts';
import { sweep } from './machine/dispose.ts';
import { namingFullDisks } from './machine/full-disk.ts';
import { openStep, type StepScratch } from './machine/step.ts';
import { type Masks, openMasks } from './masks.ts';
import { describePlan, planBuilds } from './plan/build-plan.ts';
import { builtPlatforms } from './plan/platforms.ts';
import { type Http, openHttp } from './registry/http.ts';
import { reportBuilt, reportKept } from './report/build.ts';
import { reportFailure } from './report/failure.ts';
import { type Environment, type Runner, readRunner } from './runner.ts';
import { scanAndTag } from './scan.ts';
import { openSource } from './source/source.ts';
import { formatState, STATE_NAME, type State } from './state.ts';

/**
 * From a Dockerfile to an image in ECR: read what is asked for, bring up BuildKit, log in and read the source at the
 * same time, build and push, scan where that is asked for, report.
 * @param signal ends the step early
 * @throws Failure with everything that the user has to know; anything else is a bug
 */
export async function run(env: Environment, signal: AbortSignal): Promise<void> {
  const commands = openCommands();
  const masks = openMasks((secret) => commands.issue(() => core.setSecret(secret)));
  const { hide } = masks;
  const refusal = await runStep(env, { signal, masks, commands }).catch((error: unknown) =>
    reportFailure(error, { env, signal, hide }),
  );
  if (refusal !== undefined) {
    throw refusal;
  }
}

/** @returns why the step fails although the image is there, and was reported */
async function runStep(
  env: Environment,
  { signal, masks, commands }: { readonly signal: AbortSignal; readonly masks: Masks; readonly commands: Commands },
): Promise<Failure | undefined> {
  const runner = readRunner(env);
  const inputs = await untilCancelled(readInputs(env, runner, masks.mask), signal);
  const places = [runner.temp, tmpdir(), runner.toolCache, runner.workspace];
  const save = (state: State) => core.saveState(STATE_NAME, formatState(state));
  const step = await openStep({ temp: runner.temp, save });
  const http = openHttp();
  const build = () =>
    untilCancelled(buildAndPush({ ...masks, commands, inputs, runner, env, step, signal, http }), signal);
  try {
    // Before the step's own files go, which may be what fills a disk.
    return await namingFullDisks(places, build);
  } finally {
    http.close();
    await step.close(warn);
  }
}

interface Job extends Masks {
  readonly commands: Commands;
  readonly http: Http;
  readonly inputs: Inputs;
  readonly runner: Runner;
  readonly env: Environment;
  readonly step: StepScratch;
  readonly signal: AbortSignal;
}

async function buildAndPush(job: Job): Promise<Failure | undefined> {
  const { inputs, runner, env, step, signal, hide } = job;
  const begin = Date.now();
  const platforms = builtPlatforms(inputs, runner);
  const swept = sweep(runner.temp, warn);
  const source = openSource(inputs, { runner, env, scratch: join(step.directory, 'git'), signal, log });
  const finding = findDestination(job, { source, http: job.http });
  if (inputs.ifTagExists !== 'overwrite') {
    // Nothing is downloaded or cloned before it is known that something has to be built.
    const kept = await keepExisting(inputs, await finding, signal);
    if (kept !== undefined) {
      await reportKept(kept, { ...job, ...(await finding), source: await source.known(), begin });
      return undefined;
    }
  }
  const reading = source.read();
  const [builders, read, destination, { facts, tags }] = await Promise.all([
    openBuilders(inputs, { ...job, platforms, swept, warn }),
    reading,
    finding,
    finding.then((found) => prepareDestination(found, job)),
    Promise.all([finding, reading]).then(([{ registries }, read]) => logInToPulled(job, registries, read)),
  ]);

  const { names, repositories, renewal } = destination;
  const groups = builders.map((builder) => builder.platforms);
  const caches = planCaches(groups, { ...job, destination, facts });
  const plans = planBuilds(inputs, { source: read, names, groups, caches });
  plans.map(describePlan).forEach(debug);
  const title = `Build ${inputs.imageShortName}`;
  const asksUploads = inputs.summary && repositories.length === 1;
  const common = { step, env, signal, hide, names, repositories, renewal, facts, tags, asksUploads };
  const built = await annotated(() => buildAndCheck(plans, builders, { ...common, title, commands: job.commands }), {
    ...job,
    context: read.context,
  });
  emulatedStepsLines(built.result.emulatedSteps, groups.flat()).forEach(log);
  const release = await scanAndTag(built.result.digest, { ...job, destination });
  await reportBuilt(built, release, { ...job, names, platforms: groups.flat(), source: read, begin });
  return release.refusal;
}
