import * as core from '@actions/core';
import type { Refused, Registries } from './aws/login.ts';
import type { Inputs } from './inputs.ts';
import type { StepScratch } from './machine/step.ts';
import { cacheHosts } from './plan/cache.ts';
import { secretsOf, withAuths } from './plan/docker-config.ts';
import { parseEcrHost } from './plan/ecr-host.ts';
import { findTargets } from './plan/image.ts';
import { readRunnerConfig, writeDockerConfig } from './registry/docker-config.ts';
import { formatDuration } from './report/format.ts';
import type { Environment } from './runner.ts';
import { findPulledHosts } from './source/pulled-hosts.ts';

interface Job {
  readonly inputs: Inputs;
  readonly env: Environment;
  readonly step: StepScratch;
}

/**
 * Logs in to ECR, and gives the step a Docker configuration of its own. For one host the order is: what the action logs in to,
 * what the user gives, what the runner has.
 * @returns undefined when nothing is asked of AWS
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`, `registry-not-ecr`
 */
export async function logIn(job: Job): Promise<Registries | undefined> {
  const { inputs, env, step } = job;
  const [registries, runner] = await Promise.all([logInToAws(job), readRunnerConfig(env)]);
  secretsOf(runner.config.auths).forEach(core.setSecret);
  for (const problem of runner.problems) {
    core.warning(problem);
  }
  const given = Object.fromEntries(inputs.auths.map(({ key, auth }) => [key, { auth }]));
  const ours = Object.fromEntries((registries?.logins ?? []).map(({ host, auth }) => [host, { auth }]));
  await writeDockerConfig(step.dockerConfig, withAuths(withAuths(runner.config, given), ours));
  return registries;
}

/** Loads the AWS SDK only here: a step that asks nothing of AWS should not wait for it. */
async function logInToAws({ inputs, env }: Job): Promise<Registries | undefined> {
  const { ecrLogins } = inputs;
  if (inputs.aws === undefined) {
    if (ecrLogins.length > 0) {
      core.warning(
        `registryAuths: ${ecrLogins.join(', ')} is not logged in to: with push: false, AWS is only asked when credentials or a role are given.`,
      );
    }
    return undefined;
  }
  const begin = Date.now();
  const { hosts, own } = findTargets(inputs);
  const [aws, pulled] = await Promise.all([import('./aws/login.ts'), findPulledHosts(inputs)]);
  const registries = await aws.logIn({
    hosts: [...hosts, ...cacheHosts(inputs.cache), ...ecrLogins],
    pulled,
    own,
    aws: inputs.aws,
    alias: inputs.containerRegistry,
    mask: core.setSecret,
    env,
  });
  core.info(`${aws.describeLogin(registries)} (${formatDuration(Date.now() - begin)})`);
  registries.refused.forEach(tellRefused);
  return registries;
}

/** Anybody may pull from ECR Public. Elsewhere, too, the build may do without; but then its error would not say why. */
function tellRefused({ hosts, reason }: Refused): void {
  const names = hosts.join(', ');
  if (hosts.every((host) => parseEcrHost(host)?.kind === 'public')) {
    core.info(`${names} is read without a login: ${reason.message}`);
  } else {
    core.warning(`There is no login to ${names}, which the build reads from. ${reason.message}\n${reason.hint}`);
  }
}
