import { describe, expect, it } from 'vitest';
import { emulatedStepsLines, emulationLines } from '../../../src/buildkit/emulation-log.ts';

describe('before a build the log says', () => {
  const machine = { arch: 'amd64', place: 'in /opt/buildkit (buildkitPath)' } as const;

  it('nothing where nothing is emulated', () => {
    expect(emulationLines({ emulated: [], unable: [] }, machine)).toEqual([]);
  });

  it('which platforms are emulated, and which emulators would be needed', () => {
    const emulation = { emulated: ['linux/arm64', 'linux/arm/v7'], unable: ['linux/s390x'] };
    expect(emulationLines(emulation, machine)).toEqual([
      'RUN steps for linux/arm64, linux/arm/v7 are emulated: this runner has amd64',
      'RUN steps for linux/s390x cannot run: this runner has amd64, and there is no buildkit-qemu-s390x in /opt/buildkit (buildkitPath), nor an emulator that is registered',
    ]);
  });
});

describe('after a build the log says', () => {
  it.each([
    ['linux/arm64', 'runs-on: ubuntu-24.04-arm'],
    ['linux/amd64/v2', 'runs-on: ubuntu-24.04'],
    ['linux/386', 'runs-on: ubuntu-24.04'],
    ['linux/s390x', 'a runner that has it'],
  ])('for %s: %s', (platform, runner) => {
    const steps = [{ platform, count: 1, duration: 12_345 }];
    expect(emulatedStepsLines(steps, [platform])).toEqual([
      `1 RUN step for ${platform} ran emulated (12 s). Faster on its own processor: ${runner}, see docs/multi-arch.md`,
    ]);
  });

  it('that several platforms need a matrix', () => {
    const steps = [{ platform: 'linux/arm64', count: 3, duration: 65_000 }];
    expect(emulatedStepsLines(steps, ['linux/amd64', 'linux/arm64'])).toEqual([
      '3 RUN steps for linux/arm64 ran emulated (1 min 5 s). Faster on its own processor: runs-on: ubuntu-24.04-arm in a matrix with a merge, see docs/multi-arch.md',
    ]);
  });

  it('nothing where all steps were cached', () => {
    expect(emulatedStepsLines([], ['linux/arm64'])).toEqual([]);
  });
});
