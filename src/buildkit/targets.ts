import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import { type BuildPlan, contextArguments } from '../plan/arguments.ts';

/** Adds the names of the stages that are there to the error of a target that is not. Asks BuildKit, which reads the file as the build did. */
export async function nameStages(
  error: unknown,
  plan: BuildPlan,
  { buildctl, address }: { buildctl: string; address: string },
): Promise<unknown> {
  if (!(error instanceof Failure) || error.code !== 'target-missing') {
    return error;
  }
  const args = [
    ...['--addr', address, 'build', '--frontend', 'dockerfile.v0'],
    ...contextArguments(plan),
    ...['--opt', 'requestid=frontend.targets', '--opt', 'cmdline=builtin'],
  ];
  const { stdout } = await promisify(execFile)(buildctl, args, { env: {} }).catch(() => ({ stdout: '' }));
  const stages = stdout
    .split('\n')
    .slice(1)
    .flatMap((line) => /^([^\s(]\S*)/.exec(line)?.[1] ?? []);
  const hint =
    stages.length === 0 ? 'No stage of it has a name (FROM … AS NAME).' : `Its stages are ${stages.join(', ')}.`;
  return new Failure({ code: error.code, message: error.message, hint: `Correct target. ${hint}`, cause: error });
}
