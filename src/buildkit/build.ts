import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { parseJson, textAt } from '../json.ts';
import type { StepScratch } from '../machine/step.ts';
import { type BuildPlan, buildctlArguments } from '../plan/arguments.ts';
import type { Environment } from '../runner.ts';
import { explainBuildError } from './errors.ts';
import { keepTail } from './tail.ts';

/** What BuildKit made. */
export interface BuildResult {
  /** `sha256:…` of what the names point to: the index when there is one. */
  readonly digest: string;
  /** BuildKit's metadata, JSON in one line. */
  readonly metadata: string;
}

/** The end of an error has the failing step's last lines, an excerpt of the Dockerfile and the reason. */
const TAIL = 64 * 1024;

/**
 * Builds, and pushes when the plan says so, with BuildKit's plain progress in the log as it comes.
 * @param options.step has the logins, and takes up what BuildKit writes
 * @param options.signal ends the build
 * @throws Failure `build-…`, `push-…`, `repository-missing`, `tag-immutable`, `base-image-unavailable`, `daemon-lost`
 */
export async function buildImage(
  plan: BuildPlan,
  options: {
    readonly buildctl: string;
    readonly address: string;
    readonly step: StepScratch;
    readonly env: Environment;
    readonly signal: AbortSignal;
  },
): Promise<BuildResult> {
  const { buildctl, address, step, env, signal } = options;
  const metadataFile = join(step.directory, 'metadata.json');
  const child = spawn(buildctl, buildctlArguments(plan, { address, metadataFile }), {
    env: buildctlEnvironment(env, step.dockerConfig),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const tail = keepTail(TAIL);
  const closed = once(child, 'close');
  child.on('error', () => undefined);
  // What a build prints is data: between these two lines the runner takes no commands from it.
  const token = randomUUID();
  process.stdout.write(`::stop-commands::${token}\n`);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => tail.add(chunk));
    stream.pipe(process.stdout, { end: false });
  }
  const code = await closed.then(([exitCode]) => exitCode).catch((error: unknown) => error);
  process.stdout.write(`${/(?:^|\n)$/.test(tail.text()) ? '' : '\n'}::${token}::\n`);
  if (signal.aborted) {
    throw new Failure({
      code: 'build-cancelled',
      message: 'The build was cancelled.',
      hint: 'Nothing has to be changed.',
    });
  }
  if (code !== 0) {
    throw code instanceof Error ? code : explainBuildError(tail.text());
  }
  return readResult(metadataFile);
}

/** buildctl resolves secrets from variables, so it has the step's, but not what only the action was given. */
function buildctlEnvironment(env: Environment, dockerConfig: string): Record<string, string | undefined> {
  const own = Object.entries(env).filter(([name]) => !/^(?:INPUT_|STATE_|BUILDKIT_HOST$)/.test(name));
  return { ...Object.fromEntries(own), DOCKER_CONFIG: dockerConfig };
}

async function readResult(metadataFile: string): Promise<BuildResult> {
  const metadata = parseJson(await readFile(metadataFile, 'utf8'));
  const digest = textAt(metadata, 'containerimage.digest');
  if (digest === undefined) {
    throw new Failure({
      code: 'build-failed',
      message: 'BuildKit ended without an error but made no image.',
      hint: 'Look for a frontend or option in extraArgs that makes something else.',
    });
  }
  return { digest, metadata: JSON.stringify(metadata) };
}
