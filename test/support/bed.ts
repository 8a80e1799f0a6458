import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ACCOUNT, CREDENTIALS, REGION } from './account.ts';
import { pushBaseImage } from './base-image.ts';
import { type Ecr, type EcrOptions, startEcr } from './ecr/stand-in.ts';
import { type Job, type JobOptions, openJob, type StepOptions } from './job.ts';
import { type Registry, startRegistry } from './registry.ts';
import type { Toolchain } from './toolchain.ts';

/** ECR's stand-in over a real registry, with a repository `app` and a base image that has a shell. */
export interface Bed {
  readonly registry: Registry;
  readonly ecr: Ecr;
  /** `host/repository:tag`. */
  readonly baseImage: string;
  readonly toolchain: Toolchain;
  /** What every step needs: image, region, credentials, and BuildKit from the toolchain, so that nothing is downloaded. */
  readonly inputs: Readonly<Record<string, string>>;
  /** A job on a runner whose AWS is the stand-in, with a Dockerfile that has a RUN when no files are given. */
  job(options?: JobOptions): Promise<Job>;
  /** Runs post of all jobs so far and removes them. */
  endJobs(options?: StepOptions): Promise<void>;
  close(options?: StepOptions): Promise<void>;
}

export async function startBed(toolchain: Toolchain, options: Partial<EcrOptions> = {}): Promise<Bed> {
  const registry = await startRegistry({ toolchain });
  const ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'app' }], ...options });
  const baseImage = await pushBaseImage({ toolchain, registry });
  const files = { Dockerfile: dockerfile(baseImage, 'RUN echo built > /built') };
  const jobs: Job[] = [];
  const endJobs = async (options: StepOptions = {}) => {
    // At the same time, as those of a machine with several runners: a post may take fifteen seconds.
    await Promise.all(
      jobs.splice(0).map(async (job) => {
        await job.post(options);
        await job.remove();
      }),
    );
  };
  return {
    registry,
    ecr,
    baseImage,
    toolchain,
    inputs: {
      imageShortName: 'app',
      imageTag: 'v1.0.0',
      awsRegion: REGION,
      awsCredentials: CREDENTIALS,
      buildkitPath: toolchain.directory,
    },
    job: async (jobOptions = {}) => {
      const job = await openJob({ files, ...jobOptions, env: { AWS_ENDPOINT_URL: ecr.url, ...jobOptions.env } });
      jobs.push(job);
      return job;
    },
    endJobs,
    close: async (options) => {
      await endJobs(options);
      await ecr.close();
      await registry.close();
    },
  };
}

/** A Dockerfile over a base image. */
export function dockerfile(baseImage: string, ...lines: readonly string[]): string {
  return [`FROM ${baseImage}`, ...lines, ''].join('\n');
}

/** Makes the workspace a repository with one commit of that committer date. @returns the commit */
export async function commitAll(directory: string, date: string): Promise<string> {
  const git = async (...args: string[]) => {
    const identity = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'c',
      GIT_COMMITTER_EMAIL: 'c@example.com',
    };
    const dates = { GIT_AUTHOR_DATE: '2001-01-01T00:00:00Z', GIT_COMMITTER_DATE: date };
    const { stdout } = await promisify(execFile)('git', args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...identity, ...dates },
    });
    return stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'change');
  return git('rev-parse', 'HEAD');
}
