import * as core from '@actions/core';
import type { Builder } from './buildkit/builder.ts';
import { readDaemonLog } from './buildkit/daemon-log.ts';
import { FailedBuild } from './buildkit/failed-build.ts';
import { plainOutput } from './buildkit/output.ts';
import { pushIn } from './buildkit/pushed.ts';
import type { Commands } from './commands.ts';
import { buildFleet } from './fleet.ts';
import { type Built, buildLeg, type StepBuild } from './leg.ts';
import { debug, livePhase, warn } from './log.ts';
import type { BuildPlan } from './plan/build-plan.ts';
import { withNames } from './registry/arrival.ts';

/**
 * Builds and pushes, on one machine or on several at the same time, and looks at what has arrived.
 * @throws Failure as `buildImage` does
 */
export async function buildAndCheck(
  plans: readonly BuildPlan[],
  builders: readonly Builder[],
  options: StepBuild & { readonly title: string; readonly commands: Commands },
): Promise<Built> {
  const { title, commands } = options;
  const warnings: string[] = [];
  const keep = (message: string) => {
    warnings.push(message);
  };
  const legs = builders.flatMap((builder, index) => {
    const plan = plans[index];
    return plan === undefined ? [] : [{ builder, plan }];
  });
  const [only, ...others] = legs;
  const build = () =>
    only !== undefined && others.length === 0
      ? buildLeg(only, { ...options, output: plainOutput, warn: keep })
      : buildFleet(legs, { ...options, warn: keep });
  const shownTitle = others.length === 0 ? title : `${title} on ${legs.length} machines`;
  try {
    return await livePhase(shownTitle, () => commands.without(build));
  } catch (error) {
    throw await afterPush(error, options);
  } finally {
    for (const message of warnings) {
      warn(message);
    }
    await tellDaemonLogs(builders);
  }
}

/** Several names are pushed one after the other: which of them have the image is part of what happened. */
async function afterPush(error: unknown, { names, repositories }: StepBuild): Promise<unknown> {
  const push = error instanceof FailedBuild ? pushIn(error.record) : undefined;
  return error instanceof FailedBuild && push !== undefined
    ? withNames(error, { ...push, references: names.references, repositories })
    : error;
}

/** For those who debug a step: what the daemons of this machine have logged. */
async function tellDaemonLogs(builders: readonly Builder[]): Promise<void> {
  for (const { daemon } of core.isDebug() ? builders : []) {
    const text = daemon === undefined ? '' : await readDaemonLog(daemon.log);
    debug(`Log of the BuildKit daemon:\n${text}`);
  }
}
