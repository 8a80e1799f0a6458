import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Job } from './job.ts';
import { listProcesses, mountsUnder, processesNaming, socketsUnder } from './processes.ts';

/** Daemons whose state is in the job's RUNNER_TEMP. */
export function daemonsOf({ temp }: Job): number[] {
  return processesNaming(temp).flatMap(({ pid, argv }) => (argv[0]?.endsWith('buildkitd') ? [pid] : []));
}

/** What is on the machine because of a job: processes, mounts, sockets, files and control groups. */
export async function traces(job: Job): Promise<string[]> {
  const files = await readdir(job.temp);
  const groups = await readdir('/sys/fs/cgroup', { recursive: true });
  return [
    ...processesNaming(job.temp).map(({ argv }) => argv.join(' ')),
    ...mountsUnder(job.temp),
    ...files.filter((name) => name.startsWith('buildkit-aws')),
    ...job.scratch().filter((directory) => existsSync(directory)),
    ...job.scratch().flatMap((directory) => socketsUnder(directory)),
    ...job
      .scratch()
      .flatMap((directory) => groups.filter((group) => group.includes(`buildkit-aws-${basename(directory)}`))),
  ];
}

/** The steps of Dockerfiles that sleep for so long, to be caught in the middle. */
export function sleepers(seconds: number): string[] {
  return listProcesses().flatMap(({ argv }) => (argv.join(' ') === `sleep ${seconds}` ? [argv.join(' ')] : []));
}
