import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Inputs } from '../inputs.ts';
import { builtInMinor, readSyntax } from '../plan/syntax.ts';
import { type Commit, type TagEntry, tagOfRef, tagsOfCommit } from '../plan/tags.ts';
import type { Environment, Runner } from '../runner.ts';
import { readCommit } from './commit.ts';
import type { LocalContext } from './context.ts';

/** What is built, and what follows from it. */
export interface Source {
  /** Undefined when the context is in no repository. */
  readonly commit: Commit | undefined;
  readonly tags: readonly TagEntry[];
  /** Seconds since 1970, for a reproducible build. */
  readonly epoch: number | undefined;
  /** What the Dockerfile asks for and BuildKit has itself, such as `docker/dockerfile:1`. */
  readonly builtInFrontend: string | undefined;
}

/** What BuildKit fetches itself has a commit that nobody here has seen. */
const NOT_OURS = new Failure({ code: 'epoch-unknown', message: 'the context is fetched by BuildKit', hint: '' });

/**
 * Reads what a build needs to know of its source.
 * @throws Failure `tag-not-derivable`, `tag-reserved`, `epoch-unknown`
 */
export async function readSource(
  { context, tags, output, build, buildkit, cache }: Inputs,
  { runner, env, log }: { runner: Runner; env: Environment; log: (line: string) => void },
): Promise<Source> {
  const cacheTag = typeof cache.tag === 'string' ? cache.tag : cache.tag.tag;
  const directory = context.kind === 'local' ? context.directory : runner.workspace;
  const commit = await readCommit({ directory, workspace: runner.workspace, env }).catch((error: unknown) =>
    error instanceof Failure ? error : Promise.reject(error),
  );
  const dockerfile = context.kind === 'local' ? await readDockerfile(context) : '';
  const ofSource = context.kind === 'local' ? commit : NOT_OURS;
  const derived = tags.length > 0 ? [] : deriveTags(commit, { runner, cacheTag });
  // Who names a frontend as a build argument wants that one.
  const named = build.buildArgs.some(({ key }) => key === 'BUILDKIT_SYNTAX');
  const version = buildkit.from.kind === 'release' ? buildkit.from.version : undefined;
  const builtIn = named ? undefined : builtInFrontend(dockerfile, version);
  if (derived.length > 0) {
    log(`Tags of this commit: ${derived.join(', ')}`);
  }
  if (builtIn !== undefined) {
    log(`Dockerfile syntax ${builtIn} is built into BuildKit, nothing is pulled for it`);
  }
  return {
    commit: ofSource instanceof Failure ? undefined : ofSource,
    tags: tags.length > 0 ? tags : derived.map((tag) => ({ kind: 'tag', tag }) as const),
    epoch: output.reproducible ? findEpoch(ofSource, env) : undefined,
    builtInFrontend: builtIn,
  };
}

function readDockerfile({ dockerfile }: LocalContext): Promise<string> {
  return readFile(join(dockerfile.directory, dockerfile.name), 'utf8');
}

function deriveTags(commit: Commit | Failure, { runner, cacheTag }: { runner: Runner; cacheTag: string }): string[] {
  const tag = tagOfRef(runner.event, cacheTag);
  if (tag !== undefined) {
    return [tag];
  }
  if (commit instanceof Failure) {
    throw commit;
  }
  return tagsOfCommit(runner.event, commit);
}

function findEpoch(commit: Commit | Failure, env: Environment): number {
  const { SOURCE_DATE_EPOCH: given } = env;
  if (given && /^\d+$/.test(given)) {
    return Number(given);
  }
  if (given || commit instanceof Failure) {
    throw new Failure({
      code: 'epoch-unknown',
      message: `reproducible: ${given ? `SOURCE_DATE_EPOCH is "${given}", which is no number of seconds` : 'the source has no commit whose date the image could take'}.`,
      hint: 'Set SOURCE_DATE_EPOCH (seconds since 1970) in the environment, or check the source out with its history.',
      cause: commit,
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
