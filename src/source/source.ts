import { Failure } from '../failure.ts';
import type { Inputs } from '../inputs.ts';
import { builtInMinor, readSyntax } from '../plan/syntax.ts';
import { type Commit, type TagEntry, tagOfRef, tagsOfCommit } from '../plan/tags.ts';
import type { Environment, Runner } from '../runner.ts';
import { type CommitReading, readCommit } from './commit.ts';
import { readDockerfile } from './context.ts';

/** What is built, and what follows from it. */
export interface Source {
  /** Undefined when the context is in no repository. */
  readonly commit: Commit | undefined;
  /** Empty when the image gets none. */
  readonly tags: readonly TagEntry[];
  /** What this is a version of: the first tag, or what would be it. */
  readonly version: string | undefined;
  /** Seconds since 1970, for a reproducible build. */
  readonly epoch: number | undefined;
  /** What the Dockerfile asks for and BuildKit has itself, such as `docker/dockerfile:1`. */
  readonly builtInFrontend: string | undefined;
}

/** What BuildKit fetches itself has a commit that nobody here has seen. */
const NOT_OURS: CommitReading = { commit: undefined, reason: 'the context is fetched by BuildKit' };

/**
 * Reads what a build needs to know of its source.
 * @throws Failure `tag-not-derivable`, `tag-reserved`, `epoch-unknown`
 */
export async function readSource(
  { context, tags, output, build, buildkit, cache, push, pushByDigest }: Inputs,
  { runner, env, log }: { runner: Runner; env: Environment; log: (line: string) => void },
): Promise<Source> {
  const cacheTag = typeof cache.tag === 'string' ? cache.tag : cache.tag.tag;
  const directory = context.kind === 'local' ? context.directory : runner.workspace;
  const checkedOut = await readCommit({ directory, workspace: runner.workspace, env });
  const dockerfile = context.kind === 'local' ? await readDockerfile(context) : '';
  const ofSource = context.kind === 'local' ? checkedOut : NOT_OURS;
  // A name is needed only where one is pushed.
  const needed = push && !pushByDigest && tags.length === 0;
  const derived = tags.length > 0 ? [] : deriveTags(checkedOut, { runner, cacheTag, needed });
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
    commit: ofSource.commit,
    tags: pushByDigest || tags.length > 0 ? tags : derived.map((tag) => ({ kind: 'tag', tag }) as const),
    version: first.kind === 'tag' ? first.tag : first.reference.tag,
    epoch: output.reproducible ? findEpoch(ofSource, env) : undefined,
    builtInFrontend: builtIn,
  };
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
