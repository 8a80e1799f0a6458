import { Failure } from '../failure.ts';
import { checkOut } from '../git/checkout.ts';
import { SOURCE_DIRECTORY } from '../git/directory.ts';
import type { Inputs } from '../inputs.ts';
import { pageOf } from '../plan/git-address.ts';
import { builtInMinor, readSyntax } from '../plan/syntax.ts';
import { type Commit, type TagEntry, tagOfRef, tagsOfCommit } from '../plan/tags.ts';
import type { Environment, Runner } from '../runner.ts';
import { checkPlacesInClone } from './clone-places.ts';
import { type CommitReading, readCommit } from './commit.ts';
import { type BuildContext, findContext, readDockerfile } from './context.ts';
import { findNamedContext, type NamedContext } from './named-contexts.ts';

/** What is built, and what follows from it. */
export interface Source {
  readonly context: BuildContext;
  readonly contexts: readonly NamedContext[];
  /** Where people find the repository; undefined when it is not known, or there is no commit. */
  readonly page: string | undefined;
  /** Undefined when the context is in no repository. */
  readonly commit: Commit | undefined;
  /** Directory that is checked out; undefined when BuildKit fetches the context. */
  readonly directory: string | undefined;
  /** Empty when the image gets none. */
  readonly tags: readonly TagEntry[];
  /** What this is a version of: the first tag, or what would be it. */
  readonly version: string | undefined;
  /** Seconds since 1970, for a reproducible build. */
  readonly epoch: number | undefined;
  /** What the Dockerfile asks for and BuildKit has itself, such as `docker/dockerfile:1`. */
  readonly builtInFrontend: string | undefined;
}

/** A source of which the tags can be known before it is there. */
export interface OpenSource {
  readonly tags: () => Promise<readonly TagEntry[]>;
  /** Brings it here when it is asked for the first time. */
  readonly read: () => Promise<Source>;
  /** Undefined while nobody has asked for it. */
  readonly known: () => Promise<Source | undefined>;
}

interface SourceOptions {
  readonly runner: Runner;
  readonly env: Environment;
  /** Private directory that does not exist yet. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What errors call the directory that a clone goes to. */
const CLONE_NAME = 'source, the directory of the clone';

/** What BuildKit fetches itself has a commit that nobody here has seen. */
const NOT_OURS: CommitReading = { commit: undefined, reason: 'the context is fetched by BuildKit' };

/** The source of a step: the workspace is read at once, a clone when it is needed. */
export function openSource(inputs: Inputs, options: SourceOptions): OpenSource {
  let reading: Promise<Source> | undefined;
  const read = () => {
    reading ??= readSource(inputs, options);
    return reading;
  };
  return {
    read,
    known: async () => reading,
    // With gitCloneUrl they are given: nothing has to be cloned for them.
    tags: async () => (inputs.source.kind === 'clone' ? inputs.tags : (await read()).tags),
  };
}

/**
 * Brings the source here, and reads what a build needs to know of it.
 * @throws Failure `git-…`, `context-missing`, `dockerfile-missing`, `path-outside`, `tag-not-derivable`, `tag-reserved`, `epoch-unknown`
 */
export async function readSource(inputs: Inputs, options: SourceOptions): Promise<Source> {
  const { tags, output, build, buildkit, cache, push, pushByDigest } = inputs;
  const { runner, env, log } = options;
  const clone = inputs.source.kind === 'clone' ? inputs.source : undefined;
  const { context, contexts } = await findContexts(inputs, options);
  const cacheTag = typeof cache.tag === 'string' ? cache.tag : cache.tag.tag;
  const directory = clone?.git.place.directory ?? (context.kind === 'local' ? context.directory : runner.workspace);
  const checkedOut = await readCommit({ directory, workspace: runner.workspace, env });
  const dockerfile = context.kind === 'local' ? await readDockerfile(context) : '';
  const ofSource = context.kind === 'local' ? checkedOut : NOT_OURS;
  // A name is needed only where one is pushed.
  const needed = push && !pushByDigest && tags.length === 0;
  // The event is that of the workflow's own repository, not of a clone.
  const derived = tags.length > 0 || clone !== undefined ? [] : deriveTags(checkedOut, { runner, cacheTag, needed });
  // Who names a frontend as a build argument wants that one.
  const named = build.buildArgs.some(({ key }) => key === 'BUILDKIT_SYNTAX');
  const version = buildkit.from.kind === 'release' ? buildkit.from.version : undefined;
  const builtIn = named ? undefined : builtInFrontend(dockerfile, version);
  if (derived.length > 0 && !pushByDigest) {
    log(`Tags of this commit: ${derived.join(', ')}`);
  }
  if (builtIn !== undefined) {
    log(`Dockerfile syntax ${builtIn} is built into BuildKit, nothing is pulled for it`);
  }
  const [first = { kind: 'tag', tag: derived[0] } as const] = tags;
  return {
    context,
    contexts,
    page:
      ofSource.commit === undefined
        ? undefined
        : clone === undefined
          ? runner.repositoryUrl
          : pageOf(clone.git.address),
    commit: ofSource.commit,
    directory: context.kind === 'remote' ? undefined : (checkedOut.directory ?? runner.workspace),
    tags: pushByDigest || tags.length > 0 ? tags : derived.map((tag) => ({ kind: 'tag', tag }) as const),
    version: first.kind === 'tag' ? first.tag : first.reference.tag,
    epoch: output.reproducible ? findEpoch(ofSource, env) : undefined,
    builtInFrontend: builtIn,
  };
}

interface Contexts {
  readonly context: BuildContext;
  readonly contexts: readonly NamedContext[];
}

/** What is in a clone could not be found with the other inputs. */
async function findContexts(inputs: Inputs, options: SourceOptions): Promise<Contexts> {
  const { source, build } = inputs;
  if (source.kind === 'workspace') {
    return { context: source.context, contexts: build.contexts };
  }
  const { git, pathToContext, dockerfile } = source;
  const { workspace } = options.runner;
  await checkOut(git, options);
  await checkPlacesInClone(inputs, git.place.source);
  const [context, ...contexts] = await Promise.all([
    findContext({
      source: { path: git.place.source, name: CLONE_NAME, place: SOURCE_DIRECTORY },
      pathToContext,
      dockerfile,
    }),
    ...build.contexts.map((found) =>
      found.inClone === undefined ? found : findNamedContext(found.inClone, { workspace }),
    ),
  ]);
  return { context, contexts };
}

function deriveTags(
  reading: CommitReading,
  { runner, cacheTag, needed }: { runner: Runner; cacheTag: string; needed: boolean },
): string[] {
  const tag = tagOfRef(runner.event, cacheTag);
  if (tag !== undefined) {
    return [tag];
  }
  if (reading.commit !== undefined) {
    return tagsOfCommit(runner.event, reading.commit);
  }
  if (!needed) {
    return [];
  }
  throw new Failure({
    code: 'tag-not-derivable',
    message: `imageTag is not given, and the commit that it would name cannot be read: ${reading.reason}.`,
    hint: 'Set imageTag, or put a step with actions/checkout before this one (with git on the PATH).',
  });
}

function findEpoch({ commit }: CommitReading, env: Environment): number {
  const { SOURCE_DATE_EPOCH: given } = env;
  if (given && /^\d+$/.test(given)) {
    return Number(given);
  }
  if (given || commit === undefined) {
    throw new Failure({
      code: 'epoch-unknown',
      message: `reproducible: ${given ? `SOURCE_DATE_EPOCH is "${given}", which is no number of seconds` : 'the source has no commit whose date the image could take'}.`,
      hint: 'Set SOURCE_DATE_EPOCH (seconds since 1970) in the environment, or check the source out with its history.',
    });
  }
  return commit.date.getTime() / 1000;
}

/** With an unknown version only `docker/dockerfile:1` will surely do. */
function builtInFrontend(dockerfile: string, buildkitVersion: string | undefined): string | undefined {
  const { image, minor } = readSyntax(dockerfile) ?? {};
  const available = (buildkitVersion === undefined ? undefined : builtInMinor(buildkitVersion)) ?? 0;
  return minor !== undefined && minor <= available ? image : undefined;
}
