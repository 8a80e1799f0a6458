import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Bed } from './bed.ts';
import type { Job, JobOptions, StepOptions } from './job.ts';
import { asUser, giveTo, type Namespace, openDirectory, openNamespace, type Replacements } from './namespace.ts';

const IDS = { text: 'builder:200000:65536\n' };
const DIST = join(import.meta.dirname, '../../dist');

/** Machines whose runner is a user without root and sudo, but with what rootless BuildKit needs. */
export interface RootlessMachines {
  readonly uid: number;
  /** Directory of the programs, rootlesskit among them, where that user finds them. */
  readonly tools: string;
  /** A job of that user on a machine of its own; what is given differs there. */
  job(options?: JobOptions, differences?: Replacements): Promise<RootlessJob>;
  /** Runs post of all jobs so far and ends their machines. */
  endJobs(): Promise<void>;
  close(): Promise<void>;
}

export interface RootlessJob {
  readonly job: Job;
  /** For its steps and its post. */
  readonly options: StepOptions;
}

/** @param uid of a user that only these machines have, and no other test */
export async function openRootlessMachines(bed: Bed, uid: number): Promise<RootlessMachines> {
  const { buildctl, buildkitd, runc, rootlesskit } = bed.toolchain;
  const place = await openDirectory('dist', 'tools');
  const tools = join(place, 'tools');
  // Copied, because the cache of the toolchain may be for its user alone.
  for (const program of [buildctl, buildkitd, runc, rootlesskit]) {
    await copyFile(program, join(tools, basename(program)));
  }
  await writeFile(join(place, 'node'), '');
  const open: (RootlessJob & { readonly namespace: Namespace })[] = [];
  const endJobs = async () => {
    for (const { job, options, namespace } of open.splice(0)) {
      await job.post(options);
      await namespace.close();
    }
    await bed.endJobs();
  };
  return {
    uid,
    tools,
    job: async (jobOptions, differences = {}) => {
      const job = await bed.job(jobOptions);
      await giveTo(uid, job);
      const namespace = await openNamespace({
        '/etc/passwd': { text: `${await readFile('/etc/passwd', 'utf8')}builder:x:${uid}:${uid}::/:/bin/sh\n` },
        '/etc/group': { text: `${await readFile('/etc/group', 'utf8')}builder:x:${uid}:\n` },
        '/etc/subuid': IDS,
        '/etc/subgid': IDS,
        '/usr/bin/sudo': { text: '' },
        [join(place, 'dist')]: { path: DIST },
        [join(place, 'node')]: { path: process.execPath },
        ...differences,
      });
      const through = [...namespace.enter, ...asUser(uid)];
      const options = { through, node: join(place, 'node'), dist: join(place, 'dist') };
      open.push({ job, options, namespace });
      return { job, options };
    },
    endJobs,
    close: async () => {
      await endJobs();
      await rm(place, { recursive: true });
    },
  };
}
