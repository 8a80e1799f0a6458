import { Failure } from '../failure.ts';
import type { Inputs } from '../inputs.ts';
import { ofIndex } from '../plan/annotations.ts';
import { platformsIn } from '../plan/extra-args.ts';

/** What cannot be honoured when several machines build parts of one image: a `buildkit-fleet-conflict` for each, which names the input. */
export function fleetConflicts({ build, cache, extraArgs, output, push, remote }: Inputs): Failure[] {
  const { machines } = remote;
  if (machines.length < 2) {
    return [];
  }
  const { annotations, attestations } = build;
  const isAttested = attestations.provenance !== undefined || attestations.sbom !== undefined;
  const isShared = machines.some(({ platforms }) => platforms.length > 1);
  const input = machines[0]?.hosts[0]?.input ?? 'buildkitHost';
  const reasons: readonly (readonly [boolean, string])[] = [
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
      output.mediaTypes === 'docker' && ofIndex(annotations).length > 0,
      'mediaTypes: docker makes a list that has no place for annotations of the level index or manifest-descriptor',
    ],
    [
      !push && (isAttested || isShared),
      'push: false gives no digest where the machines make indexes of their own (provenance, sbom, or several platforms on one machine)',
    ],
  ];
  return reasons
    .filter(([holds]) => holds)
    .map(
      ([, reason]) =>
        new Failure({
          code: 'buildkit-fleet-conflict',
          message: `${reason}, and ${input} sends the platforms to ${machines.length} machines.`,
          hint: 'Leave it out, or have one machine build all platforms: an address without a platform in front.',
        }),
    );
}
