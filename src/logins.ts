import type { Login, Refused, Registries } from './aws/login.ts';
import type { AwsInputs } from './inputs/aws.ts';
import type { Inputs } from './inputs.ts';
import { log, phase, warn } from './log.ts';
import type { StepScratch } from './machine/step.ts';
import type { Masks } from './masks.ts';
import { cacheHosts } from './plan/cache.ts';
import { authSecrets, withAuths } from './plan/docker-config.ts';
import { parseEcrHost } from './plan/ecr-host.ts';
import { findTargets } from './plan/image.ts';
import { readDockerConfig, readRunnerConfig, writeDockerConfig } from './registry/docker-config.ts';
import type { Environment } from './runner.ts';
import type { BuildContext } from './source/context.ts';
import { findPulledHosts } from './source/pulled-hosts.ts';
import type { Source } from './source/source.ts';

interface Job extends Pick<Masks, 'mask'> {
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
  const { inputs, env, step, mask } = job;
  const [registries, runner] = await Promise.all([logInToAws(job), readRunnerConfig(env)]);
  authSecrets(runner.config.auths).forEach(mask);
  for (const problem of runner.problems) {
    warn(problem);
  }
  const given = Object.fromEntries(inputs.auths.map(({ key, auth }) => [key, { auth }]));
  const config = withAuths(withAuths(runner.config, given), authsOf(registries?.logins ?? []));
  await writeDockerConfig(step.dockerConfig, config);
  return registries;
}

/** Gets new tokens in place of those that a registry takes no longer. */
export interface Renewal {
  /** Whose tokens these are. */
  readonly hosts: readonly string[];
  /** The next build uses them, too. */
  readonly renew: () => Promise<readonly Login[]>;
}

/** @returns undefined when nothing was logged in to */
export function openRenewal(step: StepScratch, registries: Registries | undefined): Renewal | undefined {
  if (registries === undefined) {
    return undefined;
  }
  let running: Promise<readonly Login[]> | undefined;
  const renew = async () => {
    const logins = await registries.renew();
    await addLogins(step, logins);
    return logins;
  };
  return {
    hosts: registries.renewable,
    renew: () => {
      // Several who are refused at the same time have one new token.
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/**
 * Logs in to what a clone pulls from, which was not known before it was there.
 * @param registries what is logged in to already
 */
export async function logInToPulled(job: Job, registries: Registries | undefined, { context }: Source): Promise<void> {
  const { inputs, env, step, mask } = job;
  if (inputs.source.kind === 'workspace' || registries === undefined) {
    return;
  }
  const known = registries.logins.map(({ host }) => host);
  const hosts = (await findPulledHosts(inputs, context)).filter((host) => !known.includes(host));
  if (hosts.length > 0) {
    const aws = await import('./aws/login.ts');
    const { logins, refused } = await aws.logInToPulled(hosts, { registries, env, mask });
    refused.forEach(tellRefused);
    log(`Logged in to ${logins.map(({ host }) => host).join(', ') || 'nothing more'} to pull from`);
    await addLogins(step, logins);
  }
}

async function addLogins({ dockerConfig }: StepScratch, logins: readonly Login[]): Promise<void> {
  await writeDockerConfig(dockerConfig, withAuths(await readDockerConfig(dockerConfig), authsOf(logins)));
}

function authsOf(logins: readonly Login[]) {
  return Object.fromEntries(logins.map(({ host, auth }) => [host, { auth }]));
}

/**
 * Logs in to the registries of images, to others that are named, and to those that are only pulled from as far as there is a
 * token for them. The log says where and as whom.
 * Loads the AWS SDK only here: a step that asks nothing of AWS should not wait for it.
 * @param options.others registries that caches are in, or that the user names
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`, `registry-not-ecr`
 */
export async function logInToRegistries(
  {
    aws,
    registries,
    tags,
    containerRegistry,
  }: Pick<Inputs, 'registries' | 'tags' | 'containerRegistry'> & { readonly aws: AwsInputs },
  options: {
    readonly others?: readonly string[];
    /** Hosts of ECR that are only pulled from. */
    readonly pulled?: Promise<readonly string[]>;
    readonly env: Environment;
    readonly mask: Masks['mask'];
  },
): Promise<Registries> {
  const { others = [], pulled = [], env, mask } = options;
  if (aws.region.warning !== undefined) {
    warn(aws.region.warning);
  }
  const { hosts, own } = findTargets({ registries, tags });
  return phase(
    async (say) => {
      const [login, pulledHosts] = await Promise.all([import('./aws/login.ts'), pulled]);
      const found = await login.logIn({
        hosts: [...hosts, ...others],
        pulled: pulledHosts,
        own,
        aws,
        alias: containerRegistry,
        mask,
        env,
      });
      say(login.describeLogin(found));
      return found;
    },
    ({ logins }) => `Log in to ${logins.map(({ host }) => host).join(', ')}`,
  );
}

async function logInToAws({ inputs, env, mask }: Job): Promise<Registries | undefined> {
  const { aws, ecrLogins } = inputs;
  if (aws === undefined) {
    if (ecrLogins.length > 0) {
      warn(
        `registryAuths: ${ecrLogins.join(', ')} is not logged in to: with push: false, AWS is only asked when credentials or a role are given.`,
      );
    }
    return undefined;
  }
  const others = [...cacheHosts(inputs.cache), ...ecrLogins];
  const registries = await logInToRegistries(
    { ...inputs, aws },
    { others, pulled: findPulledHosts(inputs, contextOf(inputs)), env, mask },
  );
  registries.refused.forEach(tellRefused);
  return registries;
}

/** A clone is not waited for: the login takes its time as well. */
function contextOf({ source }: Inputs): BuildContext | undefined {
  return source.kind === 'workspace' ? source.context : undefined;
}

/** Anybody may pull from ECR Public. Elsewhere, too, the build may do without; but then its error would not say why. */
function tellRefused({ hosts, reason }: Refused): void {
  const names = hosts.join(', ');
  if (hosts.every((host) => parseEcrHost(host)?.kind === 'public')) {
    log(`${names} is read without a login: ${reason.message}`);
  } else {
    warn(`There is no login to ${names}, which the build reads from. ${reason.message}\n${reason.hint}`);
  }
}
