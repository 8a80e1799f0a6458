import * as core from '@actions/core';
import { type Excerpt, excerptLines, findFailedInstruction, readExcerpt } from './buildkit/excerpt.ts';
import { FailedBuild } from './buildkit/failed-build.ts';
import type { BuildWarning } from './buildkit/record.ts';
import { isCancellation } from './cancellation.ts';
import { Failure } from './failure.ts';
import type { Inputs } from './inputs.ts';
import type { Built } from './leg.ts';
import { log } from './log.ts';
import { repositoryPath } from './plan/repository-path.ts';
import { annotationsOf } from './report/annotations.ts';
import { printable } from './report/printable.ts';
import type { Environment, Runner } from './runner.ts';
import { readCheckout } from './source/checkout.ts';
import { type BuildContext, readDockerfile } from './source/context.ts';

/** What tells where the files of a build are in the repository. */
interface Place {
  readonly context: BuildContext;
  readonly inputs: Pick<Inputs, 'extraArgs'>;
  readonly runner: Pick<Runner, 'workspace' | 'repositoryUrl'>;
  readonly env: Environment;
}

/** The path in the repository of a file that BuildKit names; undefined where GitHub would not find it. */
type PathOf = (file: string) => string | undefined;

/** Arguments after which BuildKit reads its Dockerfile elsewhere, or another program reads it. */
const ELSEWHERE = /^(?:--?\w+=)?(?:dockerfile|context|dockerfilekey|contextkey|source)=|^--?frontend\b/;

/**
 * Shows what a build says of its Dockerfile on the lines that it is about: warnings as annotations, and the lines of a failing step in
 * the log and with the error.
 * @throws FailedBuild with the location in the repository; whatever else the build throws
 */
export async function annotated(build: () => Promise<Built>, place: Place): Promise<Built> {
  try {
    const built = await build();
    await showWarnings(built.result.record.warnings, place);
    return built;
  } catch (error) {
    // Where a build was when it was cancelled is not what is wrong.
    throw error instanceof FailedBuild && !isCancellation(error) ? await located(error, place) : error;
  }
}

async function showWarnings(warnings: readonly BuildWarning[], place: Place): Promise<void> {
  if (warnings.length === 0) {
    return;
  }
  for (const { title, message, location } of annotationsOf(warnings, await openPaths(place))) {
    core.warning(message, { title, ...location });
  }
}

async function located(error: FailedBuild, place: Place): Promise<FailedBuild> {
  await showWarnings(error.record.warnings, place);
  const excerpt = readExcerpt(error.output) ?? (await findInstruction(error, place));
  if (excerpt === undefined) {
    return error;
  }
  const { file, start, end } = excerpt;
  const path = (await openPaths(place))(file);
  excerptLines(excerpt, path).forEach(log);
  const { code, message, hint } = error;
  const failure = new Failure({
    code,
    message: path === undefined ? `${printable(file)}:${start}: ${message}` : message,
    hint,
    location: path === undefined ? undefined : { file: path, startLine: start, endLine: end },
    cause: error,
  });
  return new FailedBuild(failure, error);
}

async function findInstruction({ record }: FailedBuild, { context }: Place): Promise<Excerpt | undefined> {
  if (context.kind === 'remote') {
    return undefined;
  }
  const text = await readDockerfile(context).catch(() => '');
  return findFailedInstruction(record.steps, { file: context.dockerfile.name, text });
}

/** Git is asked only when there is something to show. */
async function openPaths({ context, inputs, runner, env }: Place): Promise<PathOf> {
  const { workspace, repositoryUrl } = runner;
  if (context.kind === 'remote' || inputs.extraArgs.some((argument) => ELSEWHERE.test(argument))) {
    return () => undefined;
  }
  const checkout = await readCheckout({ directory: context.dockerfile.directory, workspace, env });
  return (file) => repositoryPath(file, { context, checkout, workspace, repositoryUrl });
}
