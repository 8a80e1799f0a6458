import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { userNamespaceProfile } from '../../src/plan/apparmor.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { openDirectory, type Replacements } from '../support/namespace.ts';
import { type ReleaseServer, startReleaseServer } from '../support/releases.ts';
import { openRootlessMachines, type RootlessMachines } from '../support/rootless.ts';

const toolchain = inject('toolchain');
const NO_IDS = { text: '# nobody\n' };

let bed: Bed;
let machines: RootlessMachines;
let releases: ReleaseServer;
let inputs: Record<string, string>;
let restricted: string;
let switchedOff: string;

beforeAll(async () => {
  bed = await startBed(toolchain);
  machines = await openRootlessMachines(bed, 1501);
  releases = await startReleaseServer({ toolchain });
  inputs = {
    ...bed.inputs,
    buildkitPath: '',
    buildkitDownloadUrl: releases.downloadUrl,
    buildkitSha256: releases.sha256,
  };
  restricted = await kernelWith('apparmor_restrict_unprivileged_userns', '1');
  switchedOff = await kernelWith('unprivileged_userns_clone', '0');
});
afterEach(() => machines.endJobs());
afterAll(async () => {
  await machines.close();
  await bed.close();
  await releases.close();
  await Promise.all([restricted, switchedOff].map((directory) => rm(directory, { recursive: true })));
});

/** What the step reads in /proc/sys/kernel of Ubuntu or Debian; other kernels do not have these settings. */
async function kernelWith(setting: string, value: string): Promise<string> {
  const directory = await openDirectory('random');
  await writeFile(join(directory, 'random/boot_id'), '00000000-0000-4000-8000-000000000000\n');
  await writeFile(join(directory, setting), `${value}\n`);
  return directory;
}

describe('what rootless BuildKit lacks', () => {
  it.each<[string, Replacements, readonly (string | RegExp)[]]>([
    [
      'subordinate user ids',
      { '/etc/subuid': NO_IDS },
      ['/etc/subuid, which has 0', 'usermod --add-subuids 100000-165535 builder'],
    ],
    [
      'subordinate group ids',
      { '/etc/subgid': { text: 'builder:1:1000\n' } },
      ['/etc/subgid, which has 1000', 'usermod --add-subgids'],
    ],
    ['newuidmap', { '/usr/bin/newuidmap': { text: '' } }, ['the program newuidmap', 'apt-get install uidmap']],
    [
      'user namespaces',
      { '/proc/sys/user/max_user_namespaces': { text: '0\n' } },
      ['user.max_user_namespaces = 0', /sysctl --system/],
    ],
  ])('is told before anything is downloaded: %s', async (_, differences, words) => {
    const before = releases.requests.length;
    const { job, options } = await machines.job({}, differences);
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, options);
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=rootless-unavailable');
    for (const word of [...words, 'buildkitHost']) {
      expect(result.errors[0]).toMatch(word);
    }
    expect(releases.requests).toHaveLength(before);
    await job.post(options);
    expect(await readdir(job.temp)).toEqual([]);
  });

  it('is an AppArmor profile on Ubuntu 24.04: it is printed, for the path that rootlesskit will have', async () => {
    const { job, options } = await machines.job({}, { '/proc/sys/kernel': { path: restricted } });
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, options);
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain(`"${job.toolCache}/rootlesskit/3.1.0-sha256.x`);
    expect(result.errors[0]).toMatch(/flags=\(unconfined\) \{\s+userns,\s+include if exists/);
    expect(result.errors[0]).toContain('kernel.apparmor_restrict_unprivileged_userns=0');
  });

  it('is nothing on Ubuntu 24.04 with a profile for the path of rootlesskit', async () => {
    const profiles = await openDirectory();
    await writeFile(join(profiles, 'kit'), userNamespaceProfile(join(machines.tools, '*')));
    const differences = { '/proc/sys/kernel': { path: restricted }, '/etc/apparmor.d': { path: profiles } };
    // Without a RUN, because runc asks for more of this kernel.
    const files = { Dockerfile: dockerfile(bed.baseImage) };
    const { job, options } = await machines.job({ files }, differences);
    const given = { ...bed.inputs, buildkitPath: machines.tools, buildkitMode: 'rootless' };
    const result = await job.step(given, options);
    expect(result.code, result.output).toBe(0);
    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    await rm(profiles, { recursive: true });
  });

  it("is a setting of Debian's kernel", async () => {
    const { job, options } = await machines.job({}, { '/proc/sys/kernel': { path: switchedOff } });
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, options);
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain('kernel.unprivileged_userns_clone = 0');
  });

  it('is the right to mount, in a container that forbids it', async () => {
    const { job, options } = await machines.job();
    // User namespaces cannot be made from inside of a chroot. Source: user_namespaces(7), EPERM.
    const root = await mkdtemp('/tmp/bka-root-');
    const [nsenter = '', ...rest] = options.through ?? [];
    const mount = `mount --rbind / ${root} && exec chroot ${root} "$@"`;
    const [mountFlag = '', dashes = '', ...user] = rest;
    const through = [nsenter, mountFlag, dashes, 'unshare', '--mount', 'sh', '-c', mount, 'sh', ...user];
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, { ...options, through });
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain('the right to mount in a user namespace (unshare: ');
    expect(result.errors[0]).toContain('--privileged');
    await rm(root, { recursive: true });
  });

  it('is what newuidmap may, in a container without new privileges', async () => {
    const { job, options } = await machines.job();
    const through = [...(options.through ?? []), 'setpriv', '--no-new-privs'];
    const result = await job.step({ ...inputs, buildkitMode: 'rootless' }, { ...options, through });
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain('the right of newuidmap to give subordinate ids');
    expect(result.errors[0]).toContain('allowPrivilegeEscalation');
  });

  it('is what rootlesskit says when it does not start although nothing is missing', async () => {
    const text = '#!/bin/sh\necho "error: made up: permission denied" >&2\nexit 1\n';
    const { job, options } = await machines.job({}, { [join(machines.tools, 'rootlesskit')]: { text, mode: 0o755 } });
    const result = await job.step({ ...bed.inputs, buildkitPath: machines.tools, buildkitMode: 'rootless' }, options);
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain('error: made up: permission denied');
    expect(await job.post(options)).toEqual({ code: 0, output: '' });
    expect(await readdir(job.temp)).toEqual([]);
  });

  it('is told by auto, too, together with what sudo says', async () => {
    const { job, options } = await machines.job({}, { '/etc/subuid': NO_IDS });
    const result = await job.step(inputs, options);
    expect(result.output).toContain('title=privileges-missing');
    expect(result.errors[0]).toMatch(
      /no way to become root: sudo cannot be started.\nRootless BuildKit cannot run either:/,
    );
    expect(result.errors[0]).toContain('usermod --add-subuids');
  });

  it('is another user, for root', async () => {
    const result = await (await bed.job()).step({ ...inputs, buildkitMode: 'rootless' });
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain("the runner's user is root");
  });

  it('is the program itself, where buildkitPath has none', async () => {
    const { job, options } = await machines.job();
    const tools = await openDirectory();
    for (const name of ['buildctl', 'buildkitd', 'buildkit-runc']) {
      await writeFile(join(tools, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    const given = { ...inputs, buildkitMode: 'rootless', buildkitPath: tools };
    const result = await job.step(given, { ...options, env: { PATH: '/usr/bin:/bin' } });
    expect(result.output).toContain('title=rootless-unavailable');
    expect(result.errors[0]).toContain('the program rootlesskit, in buildkitPath or on the PATH');
    await rm(tools, { recursive: true });
  });
});
