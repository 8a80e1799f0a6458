import { setTimeout as pause } from 'node:timers/promises';
import * as core from '@actions/core';
import type { BuildPlan } from '../plan/build-plan.ts';
import { takesRunnerToken } from './buildctl-environment.ts';
import { askBuildkit, type Client } from './client.ts';

/** Looks for the record of a build that has been cancelled, and milliseconds before each further one. */
const LOOKS = 20;
const PAUSE = 50;

/**
 * Has BuildKit forget a build that had the token of the job: it remembers with which cache entries each was asked for, and who may
 * build there may read that. What has to be asked of the build has been asked before.
 * Source: BuildKit v0.32.2, solver/llbsolver/history.go (FrontendAttrs), client/solve.go (cache-imports).
 */
export async function forgetBuild(options: {
  readonly plan: BuildPlan;
  readonly client: Client;
  readonly ref: string | undefined;
  /** Whether the build has been cancelled: then BuildKit may still be about to remember it. */
  readonly isCancelled?: boolean;
}): Promise<void> {
  const { plan, client, ref, isCancelled = false } = options;
  if (ref === undefined || !takesRunnerToken(plan)) {
    return;
  }
  try {
    if (isCancelled) {
      await untilRemembered(client, ref);
    }
    await changeRecord(client, '--delete', ref);
  } catch (error) {
    core.debug(`BuildKit does not forget the build: ${error}`);
  }
}

/** What is not pinned may be unpinned once there is a record of it, and not before. */
async function untilRemembered(client: Client, ref: string): Promise<void> {
  for (let look = 1; ; look += 1) {
    try {
      await changeRecord(client, '--unpin', ref);
      return;
    } catch (error) {
      if (look === LOOKS) {
        throw error;
      }
      await pause(PAUSE);
    }
  }
}

async function changeRecord(client: Client, change: '--delete' | '--unpin', ref: string): Promise<void> {
  for await (const line of askBuildkit(client, 'ctl', change, ref)) {
    core.debug(line);
  }
}
