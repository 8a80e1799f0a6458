import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { Job, StepOptions } from '../support/job.ts';
import {
  asUser,
  giveTo,
  type Namespace,
  NOBODY,
  openDirectory,
  openNamespace,
  type Replacements,
} from '../support/namespace.ts';
import { processesNaming } from '../support/processes.ts';

const toolchain = inject('toolchain');
const DIST = join(import.meta.dirname, '../../dist');
const SUDO = '/usr/bin/sudo';

let bed: Bed;
let place: string;
const namespaces: Namespace[] = [];

beforeAll(async () => {
  bed = await startBed(toolchain);
  place = await openDirectory('dist', 'tools');
  // Copied, because the cache of the toolchain may be for its user alone.
  for (const program of [toolchain.buildctl, toolchain.buildkitd, toolchain.runc]) {
    await copyFile(program, join(place, 'tools', basename(program)));
  }
  await writeFile(join(place, 'node'), '');
});
afterEach(async () => {
  for (const namespace of namespaces.splice(0)) {
    await namespace.close();
  }
});
afterAll(async () => {
  await bed.close();
  await rm(place, { recursive: true });
});

/** A job of an unprivileged user on a machine whose sudo is set up like this. */
async function jobOfNobody(sudo: Replacements): Promise<{ job: Job; options: StepOptions }> {
  const job = await bed.job();
  await giveTo(NOBODY, job);
  const namespace = await openNamespace({
    ...sudo,
    [join(place, 'dist')]: { path: DIST },
    [join(place, 'node')]: { path: process.execPath },
  });
  namespaces.push(namespace);
  return {
    job,
    options: { through: [...namespace.enter, ...asUser(NOBODY)], node: join(place, 'node'), dist: join(place, 'dist') },
  };
}

function sudoers(rule: string): Replacements {
  const text = `Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"\nDefaults env_reset\n${rule}\n`;
  return { '/etc/sudoers': { text, mode: 0o440 } };
}

describe('a user who is not root', () => {
  it('builds through passwordless sudo with a secure_path, and leaves nothing, not even files of root', async () => {
    const { job, options } = await jobOfNobody(sudoers('nobody ALL=(ALL) NOPASSWD: ALL'));
    const inputs = { ...bed.inputs, buildkitPath: join(place, 'tools') };
    const first = await job.step(inputs, options);
    expect(first.code, first.output).toBe(0);
    expect(first.log).toContain('BuildKit daemon started through sudo');
    const second = await job.step({ ...inputs, imageTag: 'again' }, options);
    expect(second.log).toContain('BuildKit daemon of an earlier step');
    expect(processesNaming(job.temp)).not.toEqual([]);

    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(processesNaming(job.temp)).toEqual([]);
    expect(await readdir(job.temp)).toEqual([]);
    expect(await readdir('/tmp')).not.toContain('buildkit-aws-65534');
  });

  it('keeps data through sudo in a directory that only root may write to', async () => {
    const { job, options } = await jobOfNobody(sudoers('nobody ALL=(ALL) NOPASSWD: ALL'));
    const root = await openDirectory();
    const inputs = { ...bed.inputs, buildkitPath: join(place, 'tools'), buildkitRoot: join(root, 'kept') };
    const first = await job.step(inputs, options);
    expect(first.code, first.output).toBe(0);
    expect(first.log).toContain(`BuildKit keeps its data in ${root}/kept/slot-1`);
    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(await readdir(job.temp)).toEqual([]);
    expect(await readdir(join(root, 'kept/slot-1'))).toContain('cache.db');
    await rm(root, { recursive: true });
  });

  it.each<[string, Replacements, RegExp]>([
    ['whose sudo asks for a password', sudoers('nobody ALL=(ALL) ALL'), /a password is required/],
    ['whom sudo does not know', sudoers(''), /sudo/],
    ['without sudo', { [SUDO]: { text: '' } }, /sudo cannot be started/],
  ])('%s is told so before anything is downloaded', async (_, sudo, words) => {
    const { job, options } = await jobOfNobody(sudo);
    const result = await job.step({ ...bed.inputs, buildkitPath: join(place, 'tools'), buildkitMode: 'root' }, options);
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=privileges-missing');
    expect(result.errors[0]).toMatch(words);
    expect(result.errors[0]).toContain('passwordless sudo');
    await job.post(options);
    expect(await readdir(job.temp)).toEqual([]);
  });
});

it('tells root of a container that may not mount what is missing', async () => {
  const job = await bed.job();
  const through = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
  const result = await job.step(bed.inputs, { through });
  expect(result.output).toContain('title=privileges-missing');
  expect(result.errors[0]).toContain('CAP_SYS_ADMIN');
});
