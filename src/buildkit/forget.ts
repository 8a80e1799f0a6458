import * as core from '@actions/core';
import type { BuildPlan } from '../plan/build-plan.ts';
import { takesRunnerToken } from './buildctl-environment.ts';
import { askBuildkit, type Client } from './client.ts';

/**
 * Has BuildKit forget a build that had the token of the job: it remembers with which cache entries each was asked for, and who may
 * build there may read that. What has to be asked of the build has been asked before.
 * Source: BuildKit v0.32.2, solver/llbsolver/history.go (FrontendAttrs), client/solve.go (cache-imports).
 */
export async function forgetBuild(options: {
  readonly plan: BuildPlan;
  readonly client: Client;
  readonly ref: string | undefined;
}): Promise<void> {
  const { plan, client, ref } = options;
  if (ref === undefined || !takesRunnerToken(plan)) {
    return;
  }
  try {
    for await (const line of askBuildkit(client, 'ctl', '--delete', ref)) {
      core.debug(line);
    }
  } catch (error) {
    core.debug(`BuildKit does not forget the build: ${error}`);
  }
}
