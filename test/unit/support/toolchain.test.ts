import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { isStaticProgram } from '../../support/elf.ts';
import { cacheDirectory, resolveToolchain } from '../../support/toolchain.ts';
import { PROGRAMS } from '../../support/toolchain-build.ts';

const directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-toolchain-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fail(line: string): never {
  throw new Error(`Nothing should have been said: ${line}`);
}

test('takes the programs from the directory that the environment names', async () => {
  for (const { name } of PROGRAMS) {
    writeFileSync(join(directory, name), '');
    chmodSync(join(directory, name), 0o755);
  }
  const toolchain = await resolveToolchain({ log: fail, environment: { BUILDKIT_AWS_TOOLS: directory } });
  expect(toolchain).toMatchObject({
    directory,
    buildctl: join(directory, 'buildctl'),
    buildkitd: join(directory, 'buildkitd'),
    runc: join(directory, 'buildkit-runc'),
    rootlesskit: join(directory, 'rootlesskit'),
    registry: join(directory, 'registry'),
    manifests: join(directory, 'manifests'),
    olderBuildctl: join(directory, 'buildctl-older'),
  });
});

test('keeps what it builds outside the tree', () => {
  expect(cacheDirectory({ HOME: '/home/dev' })).toBe('/home/dev/.cache/buildkit-aws');
  expect(cacheDirectory({ HOME: '/home/dev', XDG_CACHE_HOME: '/cache' })).toBe('/cache/buildkit-aws');
});

test('resolves programs that run', () => {
  const { buildctl, buildkitd, runc, rootlesskit, registry, busybox } = inject('toolchain');
  for (const program of [buildctl, buildkitd, runc, rootlesskit, registry]) {
    expect(spawnSync(program, ['--version'], { encoding: 'utf8' }).status).toBe(0);
    expect(isStaticProgram(program)).toBe(true);
  }
  expect(spawnSync(busybox, ['true']).status).toBe(0);
  // BuildKit asks runc for seccomp on every kernel that has it.
  const features = spawnSync(runc, ['features'], { encoding: 'utf8' }).stdout;
  expect(JSON.parse(features)).toMatchObject({ linux: { seccomp: { enabled: true } } });
  expect(isStaticProgram('/bin/sh')).toBe(false);
});
