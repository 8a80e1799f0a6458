import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Job } from './job.ts';
import { listProcesses, mountsUnder, type Process, processesNaming, socketsUnder } from './processes.ts';

/** Daemons whose state is in the job's RUNNER_TEMP. */
export function daemonsOf({ temp }: Job): number[] {
  return processesNaming(temp).flatMap(({ pid, argv }) => (argv[0]?.endsWith('buildkitd') ? [pid] : []));
}

/** The daemon of a job, to be killed or stopped. @throws Error when there is not exactly one: 0 would be the test itself */
export function daemonOf(job: Job): number {
  const [daemon, ...others] = daemonsOf(job);
  if (daemon === undefined || others.length > 0) {
    throw new Error('the job has not one daemon');
  }
  return daemon;
}

/** What is on the machine because of a job: processes, mounts, sockets, files, control groups and networks. */
export async function traces(job: Job): Promise<string[]> {
  const files = await readdir(job.temp);
  const groups = await controlGroups();
  const scratch = [...new Set(job.scratch())];
  return [
    ...[job.temp, ...scratch].flatMap(processesNaming).map(({ argv }) => argv.join(' ')),
    ...mountsUnder(job.temp),
    ...files.filter((name) => name.startsWith('buildkit-aws')),
    ...(await Promise.all(scratch.map(beside))).flat(),
    ...scratch.flatMap((directory) => socketsUnder(directory)),
    ...scratch.flatMap((directory) => groups.filter((group) => group.includes(`buildkit-aws-${basename(directory)}`))),
    ...networksOf(job),
  ];
}

/** Interfaces, rules of the firewall, and what CNI remembers, of the daemons of a job. Needs root. */
export function networksOf(job: Job, enter: readonly string[] = []): string[] {
  const names = new Set(job.scratch().map((directory) => basename(directory)));
  const shell = (script: string) => execFileSync('/usr/bin/env', [...enter, 'sh', '-c', script], { encoding: 'utf8' });
  const lines = shell(
    'ip -o link; iptables-save; find /var/lib/cni -type f -exec grep -H netns {} ";" 2>/dev/null || true',
  ).split('\n');
  const words = [...names].flatMap((name) => [`buildkit-aws-${name}`, `bk-${name.split('-')[1]?.slice(0, 12)}`]);
  return lines.filter((line) => words.some((word) => line.includes(word)));
}

/** Those of others come and go meanwhile. */
async function controlGroups(attempts = 20): Promise<string[]> {
  try {
    return await readdir('/sys/fs/cgroup', { recursive: true });
  } catch (error) {
    if (attempts === 0) {
      throw error;
    }
    return controlGroups(attempts - 1);
  }
}

/** A directory, and what stands beside it while it is made or taken away. */
async function beside(directory: string): Promise<string[]> {
  const names = await readdir(dirname(directory)).catch(() => []);
  return names.filter((name) => name.startsWith(basename(directory)));
}

/** The steps of Dockerfiles that sleep for so long, to be caught in the middle. */
export function sleepers(seconds: number): string[] {
  return sleeping(seconds).map(({ argv }) => argv.join(' '));
}

/** Ends what a test that fails has left asleep: the next one would take it for its own. */
export function endSleepers(seconds: number): void {
  for (const { pid } of sleeping(seconds)) {
    process.kill(pid, 'SIGKILL');
  }
}

function sleeping(seconds: number): Process[] {
  return listProcesses().filter(({ argv }) => argv.join(' ') === `sleep ${seconds}`);
}
