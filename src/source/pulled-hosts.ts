import type { Inputs } from '../inputs.ts';
import { importedImages } from '../plan/cache.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { ecrHostsOf, imagesIn } from '../plan/image-hosts.ts';
import { type BuildContext, readDockerfile } from './context.ts';

/**
 * The hosts of ECR that a build reads from, as far as they are written out: base images, further contexts, cache, mirrors, the
 * scanner of an SBOM. A host that the user gives a login for is not among them.
 * @param context undefined while it is not there yet
 */
export async function findPulledHosts(
  { build, cache, mirrors, auths }: Inputs,
  context: BuildContext | undefined,
): Promise<string[]> {
  const dockerfile = context?.kind === 'local' ? await readDockerfile(context) : '';
  const frontend = build.buildArgs.flatMap(({ key, value }) => (key === 'BUILDKIT_SYNTAX' ? [value] : []));
  const images = [
    ...imagesIn(dockerfile),
    ...frontend,
    ...build.contexts.map(({ source }) => source),
    ...importedImages(cache),
    ...(build.attestations.sbom === undefined ? [] : [build.attestations.sbom.replace(/^generator=/, '')]),
  ];
  const ofMirrors = mirrors.map(({ mirror }) => mirror.host).filter((host) => parseEcrHost(host) !== undefined);
  const given = auths.map(({ host }) => host);
  return [...new Set([...ecrHostsOf(images), ...ofMirrors])].filter((host) => !given.includes(host));
}
