import { Failure } from '../failure.ts';
import type { Inputs } from '../inputs.ts';
import { platformsIn } from '../plan/extra-args.ts';

/**
 * Sees that all inputs can be honoured when several machines build parts of one image.
 * @throws Failure `buildkit-fleet-conflict`, which names the input
 */
export function checkFleet({ build, cache, extraArgs, output, push, remote }: Inputs): void {
  const { annotations, attestations } = build;
  const isAttested = attestations.provenance !== undefined || attestations.sbom !== undefined;
  const isShared = remote.machines.some(({ platforms }) => platforms.length > 1);
  const problems: readonly (readonly [boolean, string])[] = [
    [output.exporters.length > 0, 'outputs: each machine would write a file of its own platforms'],
    [cache.to !== undefined, 'cacheTo: the machines would overwrite the cache of each other'],
    [
      platformsIn(extraArgs) !== undefined,
      'extraArgs: its platforms would be built by every machine; the input platforms sends each to its own',
    ],
    [
      annotations.some(({ level }) => level === 'index-descriptor'),
      'annotations: index-descriptor has a place only in the files of one build',
    ],
    [
      !push && (isAttested || isShared),
      'push: false gives no digest where the machines make indexes of their own (provenance, sbom, or several platforms on one machine)',
    ],
  ];
  const [, reason] = problems.find(([holds]) => holds) ?? [];
  if (reason !== undefined) {
    throw new Failure({
      code: 'buildkit-fleet-conflict',
      message: `${reason}, and buildkitHost sends the platforms to ${remote.machines.length} machines.`,
      hint: 'Leave it out, or have one machine build all platforms: an address without a platform in front.',
    });
  }
}
