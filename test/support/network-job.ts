import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Job, type JobOptions, openJob, type StepOptions, type StepResult } from './job.ts';
import { askEach, openOf } from './machine-network.ts';
import type { Toolchain } from './toolchain.ts';

/** What such a step needs. Nothing is pulled or pushed: there is no registry on such a machine. */
export function networkInputs(toolchain: Toolchain): Readonly<Record<string, string>> {
  return { imageShortName: 'app', imageTag: 'v1', push: 'false', cache: 'none', buildkitPath: toolchain.directory };
}

/** A job whose Dockerfile has one RUN of that script; its one program is `/bin/busybox`. */
export async function openScriptJob(toolchain: Toolchain, script: string, options: JobOptions = {}): Promise<Job> {
  const run = `RUN ["/bin/busybox", "sh", "-c", ${JSON.stringify(script)}]`;
  const job = await openJob({
    files: { Dockerfile: ['FROM scratch', 'COPY bin /bin', run, ''].join('\n') },
    ...options,
  });
  await mkdir(join(job.workspace, 'bin'));
  await copyFile(toolchain.busybox, join(job.workspace, 'bin/busybox'));
  return job;
}

/** What a RUN has found at addresses: the open ones of them, and the step. */
export interface Asked {
  readonly open: readonly string[];
  readonly result: StepResult;
  readonly job: Job;
}

/** Runs a step whose Dockerfile asks addresses. @throws when it fails */
export async function askFromRun(
  addresses: readonly string[],
  options: {
    readonly toolchain: Toolchain;
    readonly step: StepOptions;
    readonly inputs?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly onJob: (job: Job) => void;
  },
): Promise<Asked> {
  const { toolchain, step, inputs = {}, env = {}, onJob } = options;
  const job = await openScriptJob(toolchain, askEach(addresses, '/bin/busybox'), { env });
  onJob(job);
  const result = await job.step({ ...networkInputs(toolchain), ...inputs }, step);
  if (result.code !== 0) {
    throw new Error(result.output);
  }
  return { job, result, open: openOf(addresses, result.log) };
}

/** Makes a directory for `buildkitPath`: BuildKit's programs, and those plugins. @returns its path */
export async function programsWith(
  directory: string,
  { toolchain, plugins = [] }: { readonly toolchain: Toolchain; readonly plugins?: readonly string[] },
): Promise<string> {
  await mkdir(directory);
  for (const name of ['buildctl', 'buildkitd', 'buildkit-runc', ...plugins]) {
    await symlink(join(toolchain.directory, name), join(directory, name));
  }
  return directory;
}
