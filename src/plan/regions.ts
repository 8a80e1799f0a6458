import { Failure } from '../failure.ts';
import type { Environment } from '../runner.ts';
import { parseEcrHost, parsePrivateEcrHost } from './ecr-host.ts';

/** The region of the step, and what the user should know about how it was chosen. */
export interface RegionChoice {
  readonly region: string;
  readonly warning: string | undefined;
}

/** ECR Public gives its tokens in this region only. Source: ECR Public user guide, "Registry authentication". */
export const PUBLIC_REGION = 'us-east-1';

/**
 * Chooses the region: that of the one private registry, else `awsRegion`, the profile's, `AWS_REGION`, `AWS_DEFAULT_REGION`.
 * @param hosts registries that images go to
 * @param profileName the profile that `profileRegion` is of
 * @throws Failure `region-missing`, `input-invalid`
 */
export function chooseRegion(options: {
  readonly hosts: readonly string[];
  readonly awsRegion: string | undefined;
  readonly profileRegion: string | undefined;
  readonly profileName?: string | undefined;
  readonly env: Environment;
}): RegionChoice {
  const { hosts, awsRegion, profileRegion, profileName = 'default', env } = options;
  const ofHosts = [...new Set(hosts.flatMap((host) => parsePrivateEcrHost(host)?.region ?? []))];
  const ofHost = ofHosts.length === 1 ? ofHosts[0] : undefined;
  const given = [
    { from: 'awsRegion', region: awsRegion },
    { from: `awsCredentials: region of profile "${profileName}"`, region: profileRegion },
    { from: 'AWS_REGION of the environment', region: env.AWS_REGION },
    { from: 'AWS_DEFAULT_REGION of the environment', region: env.AWS_DEFAULT_REGION },
  ].find((candidate) => candidate.region);
  const onlyPublic = hosts.length > 0 && hosts.every((host) => parseEcrHost(host)?.kind === 'public');
  const region = ofHost ?? given?.region ?? ofHosts[0] ?? (onlyPublic ? PUBLIC_REGION : undefined);
  if (region === undefined) {
    throw new Failure({
      code: 'region-missing',
      message: 'awsRegion: no region is given.',
      hint: 'Set awsRegion, such as ap-northeast-1, or give the host of a registry as imageRegistryPath.',
    });
  }
  return {
    region: checkRegion(region, ofHost === undefined && given !== undefined ? given.from : 'imageRegistryPath'),
    warning:
      ofHost !== undefined && awsRegion !== undefined && awsRegion !== ofHost
        ? `awsRegion is ${awsRegion}, but the registry is in ${ofHost}, which is used.`
        : undefined,
  };
}

/** Checks the name of a region, such as `ap-northeast-1` or `us-gov-west-1`. @throws Failure `input-invalid` */
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
