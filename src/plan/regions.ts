import { Failure } from '../failure.ts';
import type { Environment } from '../runner.ts';
import { parseEcrHost } from './ecr-host.ts';

/** The region of the step, and what the user should know about how it was chosen. */
export interface RegionChoice {
  readonly region: string;
  readonly warning: string | undefined;
}

/**
 * Chooses the region: that of the one private registry, else `awsRegion`, the profile's, `AWS_REGION`, `AWS_DEFAULT_REGION`.
 * @param hosts registries that images go to
 * @throws Failure `region-missing`, `input-invalid`
 */
export function chooseRegion(options: {
  readonly hosts: readonly string[];
  readonly awsRegion: string | undefined;
  readonly profileRegion: string | undefined;
  readonly env: Environment;
}): RegionChoice {
  const { hosts, awsRegion, profileRegion, env } = options;
  const ofHosts = [...new Set(hosts.flatMap((host) => parseEcrHost(host)?.region ?? []))];
  const ofHost = ofHosts.length === 1 ? ofHosts[0] : undefined;
  const region = ofHost ?? awsRegion ?? profileRegion ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || ofHosts[0]);
  if (region === undefined) {
    throw new Failure({
      code: 'region-missing',
      message: 'awsRegion: no region is given.',
      hint: 'Set awsRegion, such as ap-northeast-1, or give the host of a registry as imageRegistryPath.',
    });
  }
  return {
    region: checkRegion(region, ofHost === undefined ? 'awsRegion' : 'imageRegistryPath'),
    warning:
      ofHost !== undefined && awsRegion !== undefined && awsRegion !== ofHost
        ? `awsRegion is ${awsRegion}, but the registry is in ${ofHost}, which is used.`
        : undefined,
  };
}

/** Checks the name of a region, such as `ap-northeast-1` or `us-gov-west-1`. */
export function checkRegion(region: string, input: string): string {
  if (/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) {
    return region;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `${input}: "${region}" is not the name of a region.`,
    hint: 'Write it as AWS does, such as ap-northeast-1.',
  });
}

/** Registry hosts by the region whose token opens them. Hosts without a region in their name belong to `region`. */
export function hostsByRegion(hosts: readonly string[], region: string): Map<string, string[]> {
  return Map.groupBy(new Set(hosts), (host) => parseEcrHost(host)?.region ?? region);
}
