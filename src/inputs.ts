import { joinFailures } from './failure.ts';
import { type AwsInputs, readAws } from './inputs/aws.ts';
import { type BuildInputs, readBuild } from './inputs/build.ts';
import { type BuildkitInputs, readBuildkit } from './inputs/buildkit.ts';
import { readCache } from './inputs/cache.ts';
import { type Ask, attempt, flag, readRaw } from './inputs/grammar.ts';
import { type ImageInputs, readImage } from './inputs/image.ts';
import { type OutputInputs, readOutput } from './inputs/output.ts';
import { type CacheInputs, cacheTagName, replaceByExtraArgs } from './plan/cache.ts';
import { parseExtraArgs } from './plan/extra-args.ts';
import type { Environment, Runner } from './runner.ts';
import { type BuildContext, findContext, gitHost } from './source/context.ts';

/** Everything that a workflow says with `with:`, checked. */
export interface Inputs extends ImageInputs {
  readonly context: BuildContext;
  readonly build: BuildInputs;
  readonly output: OutputInputs;
  readonly cache: CacheInputs;
  readonly extraArgs: readonly string[];
  /** Undefined: nothing is asked of AWS. */
  readonly aws: AwsInputs | undefined;
  readonly buildkit: BuildkitInputs;
  readonly summary: boolean;
}

/**
 * Reads all inputs, and the files that they name, before anything is downloaded, started or called.
 * @param mask called with every secret before anything else is done with it
 * @throws Failure with the problems of all inputs together
 */
export async function readInputs(env: Environment, runner: Runner, mask: (secret: string) => void): Promise<Inputs> {
  const ask: Ask = { raw: readRaw(env), env, runner, mask, problems: [] };
  const { raw, problems } = ask;

  const cache = await readCache(ask);
  const image = await readImage(ask, cacheTagName(raw.text('cacheTag')));
  const output = await readOutput(ask);
  const context = await attempt(problems, () =>
    findContext({
      workspace: runner.workspace,
      pathToContext: raw.text('pathToContext') ?? '.',
      dockerfile: raw.text('dockerfile') ?? 'Dockerfile',
    }),
  );
  const build = await readBuild(ask, context.known && gitHost(context.known));
  const extraArgs = await attempt(problems, () => parseExtraArgs(raw.text('extraArgs') ?? ''));
  const aws = await readAws(ask, { needed: () => image.push.known ?? true, hosts: () => image.targets().hosts });
  const buildkit = await readBuildkit(ask);
  const summary = await attempt(problems, () => flag(raw, 'summary', true));

  const [first, ...others] = new Set(problems);
  if (first !== undefined) {
    throw joinFailures([first, ...others]);
  }
  return {
    ...image.get(),
    context: context.get(),
    build: build(),
    output: output(),
    cache: replaceByExtraArgs(cache(), extraArgs.get()),
    extraArgs: extraArgs.get(),
    aws: aws(),
    buildkit: buildkit(),
    summary: summary.get(),
  };
}
