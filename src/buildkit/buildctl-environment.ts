import type { BuildPlan } from '../plan/build-plan.ts';
import type { Environment } from '../runner.ts';

/** DOCKER_AUTH_CONFIG would win over every login; what it has is in the configuration of the step. */
const WITHHELD = /^(?:INPUT_|STATE_|ACTIONS_|BUILDKIT_HOST$|DOCKER_AUTH_CONFIG$)/;
/** What buildctl needs of the runner's cache service. Source: BuildKit v0.32.2, cmd/buildctl/build/importcache.go. */
const CACHE_SERVICE = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL', 'ACTIONS_CACHE_URL', 'ACTIONS_CACHE_SERVICE_V2'];

/** Whether a build uses a cache that the runner's service keeps: BuildKit gets the token of the job for it. */
export function takesRunnerToken({ cache, extraArgs }: Pick<BuildPlan, 'cache' | 'extraArgs'>): boolean {
  return (
    [...cache.imports, ...cache.exports].some((entry) => entry.get('type') === 'gha') ||
    extraArgs.some((argument) => argument.includes('type=gha'))
  );
}

/**
 * buildctl resolves secrets of extraArgs from variables, so it has the step's: but not what only the action was given, and
 * the runner's service tokens only for a cache that is kept there.
 */
export function buildctlEnvironment(
  plan: BuildPlan,
  { env, dockerConfig }: { env: Environment; dockerConfig: string },
): Record<string, string | undefined> {
  const service = takesRunnerToken(plan) ? CACHE_SERVICE : [];
  const own = Object.entries(env).filter(([name]) => service.includes(name) || !WITHHELD.test(name));
  return { ...Object.fromEntries(own), DOCKER_CONFIG: dockerConfig };
}
