import { throwTogether } from './failure.ts';
import { type AwsInputs, readAws } from './inputs/aws.ts';
import { type BuildInputs, readBuild } from './inputs/build.ts';
import { type BuildkitInputs, readBuildkit } from './inputs/buildkit.ts';
import { readCache } from './inputs/cache.ts';
import { type Ask, attempt, readRaw } from './inputs/grammar.ts';
import { type ImageInputs, readImage } from './inputs/image.ts';
import { type OutputInputs, readOutput } from './inputs/output.ts';
import { type PushInputs, readPush } from './inputs/push.ts';
import { type RegistryInputs, readRegistries } from './inputs/registries.ts';
import { type ResultInputs, readResults } from './inputs/results.ts';
import { readScan, type ScanInputs } from './inputs/scan.ts';
import { type CacheInputs, cacheTagName, replaceByExtraArgs } from './plan/cache.ts';
import { parseExtraArgs, platformsIn } from './plan/extra-args.ts';
import type { Environment, Runner } from './runner.ts';
import { type BuildContext, findContext, gitHost } from './source/context.ts';

/** Everything that a workflow says with `with:`, checked. */
export interface Inputs extends ImageInputs, PushInputs, RegistryInputs, ScanInputs, ResultInputs {
  readonly context: BuildContext;
  readonly build: BuildInputs;
  readonly output: OutputInputs;
  readonly cache: CacheInputs;
  readonly extraArgs: readonly string[];
  /** Undefined: nothing is asked of AWS. */
  readonly aws: AwsInputs | undefined;
  readonly buildkit: BuildkitInputs;
}

/**
 * Reads all inputs, and the files that they name, before anything is downloaded, started or called.
 * @param mask called with every secret before anything else is done with it
 * @throws Failure with the problems of all inputs together
 */
export async function readInputs(env: Environment, runner: Runner, mask: (secret: string) => void): Promise<Inputs> {
  const ask: Ask = { raw: readRaw(env), env, workflow: runner, mask, problems: [] };
  const { raw, problems } = ask;

  const cache = await readCache(ask);
  const image = await readImage(ask, cacheTagName(raw.text('cacheTag')));
  const push = await readPush(ask);
  const scan = await readScan(ask, image.firstHost);
  const output = await readOutput(ask);
  const context = await attempt(problems, () =>
    findContext({
      workspace: runner.workspace,
      pathToContext: raw.text('pathToContext') ?? '.',
      dockerfile: raw.text('dockerfile') ?? 'Dockerfile',
    }),
  );
  const extraArgs = await attempt(problems, () => parseExtraArgs(raw.text('extraArgs') ?? ''));
  const otherPlatforms = await attempt(problems, () => platformsIn(extraArgs.known ?? []));
  const build = await readBuild(ask, {
    gitHost: context.known && gitHost(context.known),
    otherPlatforms: otherPlatforms.known,
  });
  const aws = await readAws(ask, {
    needed: () => push.push.known ?? true,
    hosts: () => image.targets().hosts,
    forkHint: 'Build it without pushing: push: ${{ !github.event.pull_request.head.repo.fork }}',
  });
  const registries = await readRegistries(ask);
  const buildkit = await readBuildkit(ask, runner.arch);
  const results = await readResults(ask);

  throwTogether(problems);
  return {
    ...image.get(),
    ...push.get(),
    ...scan(),
    context: context.get(),
    build: build(),
    output: output(),
    cache: replaceByExtraArgs(cache(), extraArgs.get()),
    extraArgs: extraArgs.get(),
    aws: aws(),
    ...registries(),
    buildkit: buildkit(),
    ...results(),
  };
}
