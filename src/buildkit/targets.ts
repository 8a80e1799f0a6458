import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import type { StepScratch } from '../machine/step.ts';
import { contextArguments, secretArguments } from '../plan/arguments.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { type BuildOptions, placeSecrets } from './build.ts';
import { buildctlEnvironment } from './buildctl-environment.ts';
import { FailedBuild } from './failed-build.ts';

/** Adds the names of the stages that are there to the error of a target that is not. Asks BuildKit, which reads the file as the build did. */
export async function nameStages(
  error: unknown,
  plan: BuildPlan,
  {
    client,
    step,
    env,
  }: Pick<BuildOptions, 'client' | 'env'> & {
    readonly step: Pick<StepScratch, 'directory' | 'dockerConfig'>;
  },
): Promise<unknown> {
  if (!(error instanceof Failure) || error.code !== 'target-missing') {
    return error;
  }
  const args = [
    ...client.connection,
    ...['build', '--frontend', 'dockerfile.v0'],
    ...contextArguments(plan),
    // A Git context may want its login again.
    ...secretArguments(await placeSecrets(plan.build.secrets, step)),
    ...plan.build.ssh.flatMap((ssh) => ['--ssh', ssh]),
    ...['--opt', 'requestid=frontend.targets', '--opt', 'cmdline=builtin'],
  ];
  const environment = buildctlEnvironment(plan, { env, dockerConfig: step.dockerConfig });
  const stdout = await promisify(execFile)(client.buildctl, args, { env: environment }).then(
    (ended) => ended.stdout,
    () => undefined,
  );
  if (stdout === undefined) {
    return error;
  }
  const stages = stdout
    .split('\n')
    .slice(1)
    .flatMap((line) => /^([^\s(]\S*)/.exec(line)?.[1] ?? []);
  const hint =
    stages.length === 0 ? 'No stage of it has a name (FROM … AS NAME).' : `Its stages are ${stages.join(', ')}.`;
  const named = new Failure({
    code: error.code,
    message: error.message,
    hint: `Correct target. ${hint}`,
    cause: error,
  });
  return error instanceof FailedBuild ? new FailedBuild(named, error) : named;
}
