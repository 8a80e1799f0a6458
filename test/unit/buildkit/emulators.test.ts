import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localClient } from '../../../src/buildkit/client.ts';
import { architecturesOf, findEmulation } from '../../../src/buildkit/emulators.ts';
import { emulatorOf, emulatorsOf, emulatorsOn } from '../../../src/plan/platforms.ts';
import { makeDirectory } from '../job.ts';

describe('the emulator of a platform', () => {
  it.each([
    ['linux/amd64', 'amd64', undefined],
    ['linux/amd64/v3', 'amd64', undefined],
    ['linux/386', 'amd64', undefined],
    ['linux/arm64', 'amd64', 'buildkit-qemu-aarch64'],
    ['linux/arm/v7', 'amd64', 'buildkit-qemu-arm'],
    ['linux/s390x', 'amd64', 'buildkit-qemu-s390x'],
    ['windows/arm64', 'amd64', undefined],
    ['linux/arm64', 'arm64', undefined],
    ['linux/amd64/v2', 'arm64', 'buildkit-qemu-x86_64'],
    ['linux/386', 'arm64', 'buildkit-qemu-i386'],
    ['linux/arm/v6', 'arm64', 'buildkit-qemu-arm'],
  ] as const)('%s on %s is %s', (platform, arch, emulator) => {
    expect(emulatorOf(platform, arch)).toBe(emulator);
  });

  it('is taken once for all variants', () => {
    const platforms = ['linux/amd64', 'linux/arm/v6', 'linux/arm/v7', 'linux/arm64'];
    expect(emulatorsOf(platforms, 'amd64')).toEqual(['buildkit-qemu-arm', 'buildkit-qemu-aarch64']);
  });

  it.each([
    ['amd64', ['aarch64', 'arm', 'ppc64le', 'riscv64', 's390x'], 'x86_64'],
    ['arm64', ['x86_64', 'arm', 'i386', 'ppc64le', 'riscv64', 's390x'], 'aarch64'],
  ] as const)('is one of those that a machine with %s may need', (arch, some, own) => {
    const all = emulatorsOn(arch);
    expect(all).toEqual(expect.arrayContaining(some.map((name) => `buildkit-qemu-${name}`)));
    expect(all).not.toContain(`buildkit-qemu-${own}`);
    expect(new Set(all).size).toBe(all.length);
  });
});

/** As `buildctl debug workers --format '{{json .}}'` of BuildKit v0.32.2 prints them. */
function workers(...architectures: readonly string[]): string {
  return JSON.stringify([{ id: 'x', platforms: architectures.map((architecture) => ({ architecture, os: 'linux' })) }]);
}

/** Where BuildKit's emulators are, and a program in the place of buildctl that prints this. */
async function makeMachine(answer: string, emulators: readonly string[]) {
  const path = await makeDirectory();
  for (const name of ['buildctl', ...emulators.map((emulator) => `buildkit-qemu-${emulator}`)]) {
    await writeFile(join(path, name), `#!/bin/sh\ncat <<'EOF'\n${answer}\nEOF\n`);
    await chmod(join(path, name), 0o755);
  }
  return { client: localClient(join(path, 'buildctl'), 'unix:///fake'), path: `/no-such-directory:${path}` };
}

describe('steps for other processors', () => {
  it('are emulated by BuildKit, by a handler of the machine, or not at all', async () => {
    const machine = await makeMachine(workers('amd64', 'riscv64'), ['aarch64']);
    const platforms = ['linux/amd64', 'linux/386', 'linux/arm64', 'linux/riscv64', 'linux/s390x', 'linux/arm/v7'];
    expect(await findEmulation(platforms, { ...machine, arch: 'amd64' })).toEqual({
      emulated: ['linux/arm64', 'linux/riscv64'],
      unable: ['linux/s390x', 'linux/arm/v7'],
    });
  });

  it.each([
    [['arm64', 'arm'], []],
    [['arm64'], ['linux/arm/v7']],
  ])('are run by an arm64 machine with %j itself, except for %j', async (architectures, emulated) => {
    const machine = await makeMachine(workers(...architectures), ['arm']);
    const found = await findEmulation(['linux/arm64', 'linux/arm/v7'], { ...machine, arch: 'arm64' });
    expect(found).toEqual({ emulated, unable: [] });
  });

  it('are taken for emulated where there is an emulator, when BuildKit does not answer', async () => {
    const machine = await makeMachine('no JSON', ['aarch64']);
    const found = await findEmulation(['linux/arm64', 'linux/s390x'], { ...machine, arch: 'amd64' });
    expect(found).toEqual({ emulated: ['linux/arm64'], unable: ['linux/s390x'] });
  });

  it('are not asked for when there are none', async () => {
    const client = localClient('/no-such-program', '');
    const found = await findEmulation(['linux/amd64'], { client, arch: 'amd64', path: '' });
    expect(found).toEqual({ emulated: [], unable: [] });
  });
});

it.each([[undefined], [[]], [[{}]], [[{ platforms: null }]]])('workers of another shape have none: %j', (answer) => {
  expect(architecturesOf(answer)).toEqual(new Set());
});
