import { type Arch, emulatorOf } from '../plan/platforms.ts';
import { formatDuration } from '../report/format.ts';
import type { EmulatedSteps } from './emulated-steps.ts';
import type { Emulation } from './emulators.ts';

/** GitHub's runners by the processors that they have. Source: GitHub documentation, "GitHub-hosted runners". */
const RUNNERS: ReadonlyMap<string, string> = new Map([
  ['amd64', 'ubuntu-24.04'],
  ['386', 'ubuntu-24.04'],
  ['arm64', 'ubuntu-24.04-arm'],
]);

/**
 * What the log says before a build.
 * @param place where emulators that are not there should be, such as `in /opt/buildkit (buildkitPath)`
 */
export function emulationLines(
  { emulated, unable }: Emulation,
  { arch, place }: { arch: Arch; place: string },
): string[] {
  const helpers = unable.map((platform) => emulatorOf(platform, arch));
  return [
    ...(emulated.length === 0 ? [] : [`RUN steps for ${emulated.join(', ')} are emulated: this runner has ${arch}`]),
    ...(unable.length === 0
      ? []
      : [
          `RUN steps for ${unable.join(', ')} cannot run: this runner has ${arch}, and there is no ${helpers.join(', ')} ${place}, nor an emulator that is registered`,
        ]),
  ];
}

/**
 * What the log says after a build.
 * @param platforms all that were built
 */
export function emulatedStepsLines(steps: readonly EmulatedSteps[], platforms: readonly string[]): string[] {
  return steps.map(({ platform, count, duration }) => {
    const [, architecture = ''] = platform.split('/');
    const runner = RUNNERS.get(architecture);
    const native = runner === undefined ? 'a runner that has it' : `runs-on: ${runner}`;
    const how = platforms.length === 1 ? native : `${native} in a matrix with a merge`;
    return `${count === 1 ? '1 RUN step' : `${count} RUN steps`} for ${platform} ran emulated (${formatDuration(duration)}). Faster on its own processor: ${how}, see docs/multi-arch.md`;
  });
}
