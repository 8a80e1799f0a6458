import { expect } from 'vitest';
import type { Bed } from './bed.ts';
import type { StepResult } from './job.ts';
import { type Manifest, readManifest } from './oci.ts';

/** No RUN: every platform is built here without an emulator. */
export const LEG_FILES = { Dockerfile: 'FROM scratch\nCOPY one.txt /one\n', 'one.txt': '1' };
export const ARCHITECTURES = ['amd64', 'arm64'];
export const BOTH = 'linux/amd64,linux/arm64';

/** A build whose manifests depend on its platform alone. */
export async function build(bed: Bed, given: Readonly<Record<string, string>>): Promise<StepResult> {
  const job = await bed.job({ files: LEG_FILES, env: { SOURCE_DATE_EPOCH: '1700000000' } });
  const same = { labels: 'org.opencontainers.image.version=v1', reproducible: 'true', cache: 'none' };
  const result = await job.step({ ...bed.inputs, ...same, ...given });
  expect(result.code, result.output).toBe(0);
  return result;
}

/** The legs of a matrix, all at the same moment, each on a machine of its own. */
export function buildLegs(
  bed: Bed,
  repository: string,
  inputsOf: (arch: string) => Readonly<Record<string, string>>,
): Promise<StepResult[]> {
  return Promise.all(
    ARCHITECTURES.map((arch) =>
      build(bed, { imageShortName: repository, platforms: `linux/${arch}`, ...inputsOf(arch) }),
    ),
  );
}

/** Runs the merge action in a job of its own. */
export async function merge(bed: Bed, given: Readonly<Record<string, string>>): Promise<StepResult> {
  const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
  const job = await bed.job();
  return job.step({ imageShortName, awsRegion, awsCredentials, imageTag: 'v1', ...given }, { action: 'merge' });
}

/** A manifest as the registry behind the stand-in has it. */
export function stored(bed: Bed, repository: string, reference: string): Promise<Manifest> {
  return readManifest({ registryUrl: bed.registry.url, repository, reference });
}
