import { type Failure, throwTogether } from './failure.ts';
import { type AwsInputs, readAws } from './inputs/aws.ts';
import { type BuildInputs, readBuild } from './inputs/build.ts';
import { type BuildkitInputs, readBuildkit } from './inputs/buildkit.ts';
import { readCache } from './inputs/cache.ts';
import { fleetConflicts } from './inputs/fleet.ts';
import { type GitInputs, type GitReading, readGit } from './inputs/git.ts';
import { checkOutside, checkTagsGiven } from './inputs/git-checks.ts';
import { type Ask, attempt, type Reading, readRaw } from './inputs/grammar.ts';
import { type ImageInputs, readImage } from './inputs/image.ts';
import { type OutputInputs, readOutput } from './inputs/output.ts';
import { type PushInputs, readPush } from './inputs/push.ts';
import { type RegistryInputs, readRegistries } from './inputs/registries.ts';
import { type RemoteInputs, readRemote } from './inputs/remote.ts';
import { type ResultInputs, readResults } from './inputs/results.ts';
import { readScan, type ScanInputs } from './inputs/scan.ts';
import { type CacheInputs, cacheTagName, replaceByExtraArgs } from './plan/cache.ts';
import { parseExtraArgs, platformsIn } from './plan/extra-args.ts';
import { type Environment, type Runner, unsupportedMachine } from './runner.ts';
import { checkPathsOfClone } from './source/clone-places.ts';
import { type BuildContext, findContext, gitHost, isRemoteAddress } from './source/context.ts';

/** Everything that a workflow says with `with:`, checked. */
export interface Inputs extends ImageInputs, PushInputs, RegistryInputs, ScanInputs, ResultInputs {
  readonly source: SourceInputs;
  readonly build: BuildInputs;
  readonly output: OutputInputs;
  readonly cache: CacheInputs;
  readonly extraArgs: readonly string[];
  /** Undefined: nothing is asked of AWS. */
  readonly aws: AwsInputs | undefined;
  readonly buildkit: BuildkitInputs;
  readonly remote: RemoteInputs;
}

/** What is built: what is in the workspace, or a clone that is not there yet. */
export type SourceInputs =
  | { readonly kind: 'workspace'; readonly context: BuildContext }
  | {
      readonly kind: 'clone';
      readonly git: GitInputs;
      readonly pathToContext: string;
      /** Relative to the context. */
      readonly dockerfile: string;
    };

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
  const git = await readGit(ask);
  const source = await readSourceInputs(ask, git);
  const extraArgs = await attempt(problems, () => parseExtraArgs(raw.text('extraArgs') ?? ''));
  const otherPlatforms = await attempt(problems, () => platformsIn(extraArgs.known ?? []));
  const build = await readBuild(ask, {
    gitAuth: gitAuth(source.known, git),
    otherPlatforms: otherPlatforms.known,
    cloneTo: git.cloneTo?.source,
  });
  const aws = await readAws(ask, {
    needed: () => push.push.known ?? true,
    hosts: () => image.targets().hosts,
    forkHint: 'Build it without pushing: push: ${{ !github.event.pull_request.head.repo.fork }}',
  });
  const registries = await readRegistries(ask);
  const remote = await readRemote(ask, {
    platforms: build.platforms,
    own: `linux/${runner.arch}`,
  });
  const buildkit = await readBuildkit(ask, { ...runner, isRemote: remote.isGiven });
  const results = await readResults(ask);
  await attempt(problems, () => {
    if (git.isGiven && push.push.known && push.get().pushByDigest === false) {
      checkTagsGiven(ask);
    }
  });

  await attempt(problems, () => {
    if (runner.os !== 'linux' && !remote.isGiven) {
      throw unsupportedMachine();
    }
  });

  throwTogether(problems);
  const inputs = {
    ...image.get(),
    ...push.get(),
    ...scan(),
    source: source.get(),
    build: build.get(),
    output: output(),
    cache: replaceByExtraArgs(cache(), extraArgs.get()),
    extraArgs: extraArgs.get(),
    aws: aws(),
    ...registries(),
    buildkit: buildkit(),
    remote: remote.get(),
    ...results(),
  };
  const conflicts: Failure[] = fleetConflicts(inputs);
  await attempt(conflicts, () => {
    if (git.isGiven) {
      checkOutside(git.get(), laterPaths(inputs));
    }
  });
  throwTogether(conflicts);
  return inputs;
}

/** What other inputs name and the build reads later, by the input. */
function laterPaths({ build, cache, buildkit }: Inputs): [string, string][] {
  return [
    ...build.secrets.flatMap((secret): [string, string][] =>
      'path' in secret ? [[`secrets: ${secret.id}`, secret.path]] : [],
    ),
    ...build.ssh.flatMap((entry) =>
      entry
        .split(/[=,]/)
        .slice(1)
        .map((path): [string, string] => ['ssh', path]),
    ),
    ...(cache.from ?? []).flatMap((entry): [string, string][] => {
      const path = entry.get('type') === 'local' ? entry.get('src') : undefined;
      return path === undefined ? [] : [['cacheFrom', path]];
    }),
    ...(buildkit.from.kind === 'programs'
      ? [['buildkitPath', buildkit.from.directory] satisfies [string, string]]
      : []),
    ...(buildkit.root === undefined ? [] : [['buildkitRoot', buildkit.root] satisfies [string, string]]),
  ];
}

async function readSourceInputs({ raw, problems, workflow }: Ask, git: GitReading): Promise<Reading<SourceInputs>> {
  const pathToContext = raw.text('pathToContext') ?? '.';
  const dockerfile = raw.text('dockerfile') ?? 'Dockerfile';
  if (git.isGiven) {
    const { cloneTo } = git;
    if (cloneTo !== undefined && !isRemoteAddress(pathToContext)) {
      const { workspace } = workflow;
      await attempt(problems, () =>
        checkPathsOfClone({ workspace, source: cloneTo.source, pathToContext, dockerfile }),
      );
    }
    return { known: undefined, get: () => ({ kind: 'clone', git: git.get(), pathToContext, dockerfile }) };
  }
  const source = { path: workflow.workspace, name: 'the workspace', place: '' };
  return attempt(problems, async () => ({
    kind: 'workspace',
    context: await findContext({ source, pathToContext, dockerfile }),
  }));
}

/** The login of a context that BuildKit fetches. */
function gitAuth(source: SourceInputs | undefined, { login }: GitReading) {
  const host = source?.kind === 'workspace' ? gitHost(source.context) : undefined;
  return host === undefined || login.known === undefined ? undefined : { host, login: login.known };
}
